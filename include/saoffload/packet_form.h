// SPDX-License-Identifier: BSD-2-Clause
/*
 * packet_form.h: which IPsec headers a packet has, and what they are around.
 *
 * A bundle makes packets of one form (its mode stands in each packet, not in the ADD: ADD-10). A
 * packet passes one bundle, or two of them: transport over tunnel (TX-4). Every form that the
 * transport and the link can make has a name, in a table.
 */
#ifndef SAOFFLOAD_PACKET_FORM_H
#define SAOFFLOAD_PACKET_FORM_H

#include <saoffload/ipsec.h>

SAO_EXTERN_C_BEGIN

/* The IPsec headers of one bundle. */
typedef enum sao_ipsec_headers {
    SAO_HEADERS_ESP,   /* one SA, ESP */
    SAO_HEADERS_AH,    /* one SA, AH */
    SAO_HEADERS_ESP_AH /* two SAs: ESP, and AH outside of it (ADD-5) */
} sao_ipsec_headers;

/*
 * What one bundle makes of a packet. All zero: ESP in tunnel mode. ESP and AH in tunnel mode have
 * one outer IP header between them: AH protects what ESP has made.
 */
typedef struct sao_bundle_form {
    sao_ipsec_mode mode;       /* tunnel or transport */
    sao_ipsec_headers headers; /* with UDP, ESP alone (ADD-15) */
    /* IPSEC_OFFLOAD_V2_..., one of the UDP-ESP types; 0 without UDP. It stands at the bundle whose
     * ESP has the UDP header before it. */
    uint32_t udp_esp;
} sao_bundle_form;

/* What becomes of a packet in all. */
typedef struct sao_packet_form {
    const char *name;       /* "esp-tunnel" say */
    sao_bundle_form bundle; /* what OffloadHandle names: the transport part, if there are two */
    bool over_tunnel;       /* transport over tunnel: two bundles */
    sao_bundle_form tunnel; /* what TunnelHandle names; meaningful with over_tunnel */
} sao_packet_form;

/* The forms in a fixed order; NULL beyond the last. Callable from anywhere. */
const sao_packet_form *sao_packet_form_at(size_t index);

/* The form of that name; NULL if there is none. Callable from anywhere. */
const sao_packet_form *sao_packet_form_find(const char *name);

/* Has a packet of this bundle an ESP header? */
static inline bool sao_bundle_form_has_esp(const sao_bundle_form *form)
{
    return form->headers != SAO_HEADERS_AH;
}

/* Has a packet of this bundle an AH header? */
static inline bool sao_bundle_form_has_ah(const sao_bundle_form *form)
{
    return form->headers != SAO_HEADERS_ESP;
}

/* Has a packet of this form an ESP header, in either part? */
static inline bool sao_packet_form_has_esp(const sao_packet_form *form)
{
    return sao_bundle_form_has_esp(&form->bundle) ||
           (form->over_tunnel && sao_bundle_form_has_esp(&form->tunnel));
}

/* Has it an AH header, in either part? */
static inline bool sao_packet_form_has_ah(const sao_packet_form *form)
{
    return sao_bundle_form_has_ah(&form->bundle) ||
           (form->over_tunnel && sao_bundle_form_has_ah(&form->tunnel));
}

/*
 * NULL for a form that a bundle can have, alone or, with `over_tunnel`, as the transport part of
 * two; else what is wrong with it: UDP with AH (ADD-15), a type that is of the other mode or not
 * exactly one, a tunnel over a tunnel. Callable from anywhere.
 */
const char *sao_bundle_form_problem(const sao_bundle_form *form, bool over_tunnel);

/*
 * NULL if a transport part of form `inner` may run over a tunnel of form `tunnel`; else what is
 * wrong: a UDP type that says otherwise, or UDP in both of them (CAP-5). Callable from anywhere.
 */
const char *sao_bundle_form_over_problem(const sao_bundle_form *inner,
                                         const sao_bundle_form *tunnel);

/*
 * What of these capabilities a packet needs of a bundle of this form, for people ("AhEspCombined"
 * say); NULL if it is offered (ADD-10). `over_tunnel` as above. Algorithms are not looked at.
 * Callable from anywhere.
 */
const char *sao_bundle_form_missing(const sao_bundle_form *form, bool over_tunnel,
                                    const NDIS_IPSEC_OFFLOAD_V2 *capabilities);

SAO_EXTERN_C_END

#endif /* SAOFFLOAD_PACKET_FORM_H */
