// SPDX-License-Identifier: BSD-2-Clause
/* The transport's packets in every form: in software, by a NIC, and by both. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/transport_internal.h"
#include "support/pair.h"

#define ADD OID_TCP_TASK_IPSEC_OFFLOAD_V2_ADD_SA
#define DELETE OID_TCP_TASK_IPSEC_OFFLOAD_V2_DELETE_SA
#define UPDATE OID_TCP_TASK_IPSEC_OFFLOAD_V2_UPDATE_SA

/* Each form comes twice: with each version of IP. */
static const sao_packet_form *form_of(uint32_t each)
{
    return sao_packet_form_at(each / 2u);
}

static uint8_t version_of(uint32_t each)
{
    return each % 2u == 0 ? 4 : 6;
}

static const uint8_t *ip_of(const fake_send *send)
{
    return send->bytes + send->ip_offset;
}

static sao_packet_info info_of(const fake_send *send)
{
    sao_packet_info info;

    assert_int_equal(sao_frame_parse(send->bytes, send->length, &info), SAO_PARSE_OK);
    return info;
}

/* The bundle whose headers stand outside. */
static const sao_bundle_form *outermost(const sao_packet_form *form)
{
    return form->over_tunnel ? &form->tunnel : &form->bundle;
}

static NDIS_HANDLE handle_of(const test_pair *pair, int end, uint32_t id)
{
    return sao_transport_find(pair->end[end].transport, id)->half[SAO_OUT].handle;
}

/* ---- in software ----------------------------------------------------------------------- */

/* The headers that stand outside are those of the form, AH before ESP. */
static void expect_headers(const test_pair *pair, const fake_send *send)
{
    const sao_bundle_form *form = outermost(pair->form);
    const sao_packet_info info = info_of(send);
    const bool ah = form->headers != SAO_HEADERS_ESP;

    assert_int_equal(info.ip_version, pair->ip_version);
    assert_int_equal(info.udp_encapsulated, form->udp_esp != 0);
    assert_int_equal(info.protocol[0], ah ? SAO_PROTOCOL_AH : SAO_PROTOCOL_ESP);
    assert_int_equal(info.header_count, form->headers == SAO_HEADERS_ESP_AH ? 2 : 1);
    if (info.header_count == 2)
        assert_int_equal(info.protocol[1], SAO_PROTOCOL_ESP);
}

static void every_form_goes_through_in_software(void **state)
{
    const sao_packet_form *form;

    (void)state;
    for (uint32_t each = 0; (form = form_of(each)) != NULL; each++) {
        test_pair pair;

        pair_init(&pair, form->name, version_of(each));
        pair.end[0].config.offload = pair.end[1].config.offload = false;
        pair_open(&pair);
        pair_establish(&pair);
        for (uint32_t n = 1; n <= 3; n++) {
            for (int from = 0; from < 2; from++) {
                const fake_send *send = pair_send(&pair, from);

                expect_headers(&pair, send);
                assert_null(send->handle);
                assert_null(send->tunnel);
                pair_carry(&pair, from, send, pair_opened(0));
                pair_expect_delivery(&pair, from, n);
            }
        }
        for (int i = 0; i < 2; i++) {
            assert_int_equal(pair_counters(&pair, i).software_tx, 3);
            assert_int_equal(pair_counters(&pair, i).software_rx, 3);
            assert_int_equal(sao_transport_sent(pair.end[i].transport, pair.end[i].id), 3);
            assert_int_equal(pair_counters(&pair, i).shared_tx, 0);
        }
        assert_int_equal(sao_transport_sent(pair.end[0].transport, pair.end[0].tunnel),
                         form->over_tunnel ? 3 : 0);
        pair_close(&pair);
    }
}

/* One bit of the payload or the ICV turned over, and it is dropped. */
static void every_form_is_authenticated(void **state)
{
    const sao_packet_form *form;

    (void)state;
    for (uint32_t each = 0; (form = form_of(each)) != NULL; each++) {
        test_pair pair;
        fake_send send;
        uint32_t at_byte;

        pair_init(&pair, form->name, version_of(each));
        pair.end[0].config.offload = pair.end[1].config.offload = false;
        pair_open(&pair);
        pair_establish(&pair);
        send = *pair_send(&pair, 0);
        for (at_byte = send.length - 1; at_byte > send.length - 78; at_byte -= 7) {
            send.bytes[at_byte] ^= 0x10;
            pair_carry(&pair, 0, &send, pair_opened(0));
            send.bytes[at_byte] ^= 0x10;
        }
        assert_int_equal(pair.end[1].delivered, 0);
        pair_close(&pair);
    }
}

/* ---- by the NIC ------------------------------------------------------------------------ */

static void expect_element(const fake_element *element, const sao_bundle_form *form, bool inbound)
{
    assert_int_equal(element->header_count, form->headers == SAO_HEADERS_ESP_AH ? 2 : 1);
    assert_int_equal(element->operation,
                     form->headers == SAO_HEADERS_AH ? IPsecOffloadV2Ah : IPsecOffloadV2Esp);
    assert_int_equal(element->udp_esp, form->udp_esp);
    assert_int_equal((element->flags & IPSEC_OFFLOAD_V2_INBOUND) != 0, inbound);
}

/* The tunnel's bundles are added first: those of what runs over it would be of no use. */
static void an_add_says_what_the_form_has(void **state) /* ADD-5, ADD-15 */
{
    const sao_packet_form *form;

    (void)state;
    for (uint32_t each = 0; (form = form_of(each)) != NULL; each++) {
        const uint32_t layers = form->over_tunnel ? 2 : 1;
        test_pair pair;
        const fake_miniport *fake = &pair.end[0].fake;

        pair_start(&pair, form->name, version_of(each));
        assert_int_equal(fake->request_count, layers);
        for (uint32_t i = 0; i < layers; i++) {
            assert_int_equal(fake->requests[i].oid, ADD);
            for (uint32_t half = 0; half < 2; half++)
                expect_element(&fake->requests[i].elements[half],
                               i + 1 == layers ? &form->bundle : &form->tunnel, half == 0);
        }
        pair_close(&pair);
    }
}

/* The first header of each protocol is where the offsets say; UDP is no IPsec header. */
static void expect_offsets(const test_pair *pair, const fake_send *send)
{
    const sao_bundle_form *form = outermost(pair->form);
    const sao_packet_info info = info_of(send);
    const sao_ndis_header_transmit *header = &send->header.Transmit;
    const uint32_t ah = header->AhHeaderOffset * 4u;
    const uint32_t esp = header->EspHeaderOffset * 4u;

    assert_int_equal(ah != 0, form->headers != SAO_HEADERS_ESP);
    assert_int_equal(esp != 0, form->headers != SAO_HEADERS_AH);
    if (ah != 0) {
        assert_int_equal(ah, info.ipsec_offset);
        assert_memory_equal(ip_of(send) + ah + 4, &info.spi[0], 4);
    }
    if (esp != 0)
        assert_memory_equal(ip_of(send) + esp, &info.spi[info.header_count - 1], 4);
    if (form->mode == SAO_IPSEC_TUNNEL)
        assert_int_equal(header->NextHeader,
                         pair->ip_version == 4 ? SAO_PROTOCOL_IPV4 : SAO_PROTOCOL_IPV6);
    else
        assert_int_equal(header->NextHeader, TEST_PROTOCOL);
}

static void expect_handles(const test_pair *pair, int from, const fake_send *send)
{
    const test_end *end = &pair->end[from];

    assert_ptr_equal(send->handle, handle_of(pair, from, end->id));
    if (pair->form->over_tunnel)
        assert_ptr_equal(send->tunnel, handle_of(pair, from, end->tunnel));
    else
        assert_null(send->tunnel);
}

static void every_form_goes_through_by_the_nic(void **state) /* TX-4, TX-5, RX-3 */
{
    const sao_packet_form *form;

    (void)state;
    for (uint32_t each = 0; (form = form_of(each)) != NULL; each++) {
        test_pair pair;

        pair_start(&pair, form->name, version_of(each));
        for (uint32_t n = 1; n <= 3; n++) {
            for (int from = 0; from < 2; from++) {
                const fake_send *send = pair_send(&pair, from);

                expect_headers(&pair, send);
                expect_handles(&pair, from, send);
                expect_offsets(&pair, send);
                pair_carry(&pair, from, send, pair_opened(pair_layers(&pair)));
                pair_expect_delivery(&pair, from, n);
            }
        }
        for (int i = 0; i < 2; i++) {
            assert_int_equal(pair_counters(&pair, i).offloaded_tx, 3);
            assert_int_equal(pair_counters(&pair, i).offloaded_rx, 3);
        }
        pair_close(&pair);
    }
}

/* What a NIC is to seal is what the software path would have sealed. */
static void both_ways_frame_alike(void **state) /* TX-3 */
{
    const sao_packet_form *form;

    (void)state;
    for (uint32_t each = 0; (form = form_of(each)) != NULL; each++) {
        test_pair hard;
        test_pair soft;
        const fake_send *open;
        const fake_send *sealed;
        uint32_t at_header;

        pair_start(&hard, form->name, version_of(each));
        pair_init(&soft, form->name, version_of(each));
        soft.end[0].config.offload = false;
        pair_open(&soft);
        pair_establish(&soft);
        open = pair_send(&hard, 0);
        sealed = pair_send(&soft, 0);
        assert_int_equal(open->length, sealed->length);
        at_header = open->ip_offset + info_of(open).ipsec_offset;
        /* Over IPv6 sealing writes UDP's checksum, too. */
        assert_memory_equal(open->bytes, sealed->bytes, at_header - 2u);
        assert_memory_equal(open->bytes + at_header, sealed->bytes + at_header, 8);
        pair_close(&hard);
        pair_close(&soft);
    }
}

/* ---- by both --------------------------------------------------------------------------- */

/* The NIC has room for the tunnel only. */
static void start_with_tunnel_only(test_pair *pair, const char *form, uint8_t ip_version)
{
    pair_init(pair, form, ip_version);
    pair->end[0].config.capacity = pair->end[1].config.capacity = 2;
    pair_open(pair);
    pair_establish(pair);
}

static void a_tunnel_may_be_the_nics_alone(void **state) /* TX-4 */
{
    const sao_packet_form *form;

    (void)state;
    for (uint32_t each = 0; (form = form_of(each)) != NULL; each++) {
        test_pair pair;

        if (!form->over_tunnel)
            continue;
        start_with_tunnel_only(&pair, form->name, version_of(each));
        for (int from = 0; from < 2; from++) {
            const fake_send *send = pair_send(&pair, from);

            assert_ptr_equal(send->handle, handle_of(&pair, from, pair.end[from].tunnel));
            assert_null(send->tunnel);
            expect_offsets(&pair, send);
            pair_carry(&pair, from, send, pair_opened(1));
            pair_expect_delivery(&pair, from, 1);
        }
        for (int i = 0; i < 2; i++) {
            assert_int_equal(pair_counters(&pair, i).shared_tx, 1);
            assert_int_equal(pair_counters(&pair, i).shared_rx, 1);
            assert_int_equal(pair_counters(&pair, i).offloaded_tx, 0);
            assert_int_equal(pair_counters(&pair, i).software_rx, 0);
        }
        pair_close(&pair);
    }
}

/* What is around the transport part is not the NIC's, so that part cannot be either. */
static void a_transport_part_is_never_the_nics_alone(void **state) /* TX-4 */
{
    test_pair pair;

    (void)state;
    pair_init(&pair, "esp-over-ah", 4);
    fake_answer_next(&pair.end[0].fake, FAKE_AT_ONCE, NDIS_STATUS_NOT_SUPPORTED);
    pair_open(&pair);
    pair_establish(&pair);
    assert_int_equal(pair.end[0].fake.request_count, 1);
    assert_null(pair_send(&pair, 0)->handle);
    pair_at(&pair, 1000);
    assert_int_equal(pair.end[0].fake.request_count, 1);
    assert_int_equal(sao_transport_state(pair.end[0].transport, pair.end[0].id),
                     SAO_ASSOCIATION_SOFTWARE);
    pair_close(&pair);
}

/* ---- what is offered ------------------------------------------------------------------- */

static NDIS_IPSEC_OFFLOAD_V2 offer_all(void)
{
    NDIS_IPSEC_OFFLOAD_V2 offer;

    memset(&offer, 0xFF, sizeof offer);
    return offer;
}

/* Starts with one thing less; nothing of the form is asked for where it needs that. */
#define WITHOUT(member, value, needed)                                                             \
    do {                                                                                           \
        NDIS_IPSEC_OFFLOAD_V2 offer = offer_all();                                                 \
        test_pair pair;                                                                            \
                                                                                                   \
        offer.member = (value);                                                                    \
        pair_init(&pair, form->name, version_of(each));                                            \
        pair.esn = true;                                                                           \
        pair_open(&pair);                                                                          \
        pair_offer(&pair, 0, &offer);                                                              \
        pair_establish(&pair);                                                                     \
        assert_int_equal(sao_transport_state(pair.end[0].transport, pair.end[0].id),               \
                         (needed) ? SAO_ASSOCIATION_SOFTWARE : SAO_ASSOCIATION_OFFLOADED);         \
        pair_at(&pair, 1000);                                                                      \
        pair_carry(&pair, 0, pair_send(&pair, 0), pair_opened((needed) ? 0 : pair_layers(&pair))); \
        pair_expect_delivery(&pair, 0, 1);                                                         \
        pair.end[1].violations = 0; /* the other NIC had it all */                                 \
        pair_close(&pair);                                                                         \
    } while (0)

static bool some_bundle_has(const sao_packet_form *form, sao_ipsec_headers without)
{
    return form->bundle.headers != without ||
           (form->over_tunnel && form->tunnel.headers != without);
}

static void what_is_not_offered_is_not_asked_for(void **state) /* ADD-10 */
{
    const sao_packet_form *form;

    (void)state;
    for (uint32_t each = 0; (form = form_of(each)) != NULL; each++) {
        const sao_bundle_form *tunnel = form->over_tunnel ? &form->tunnel : &form->bundle;
        const bool udp = form->bundle.udp_esp != 0 || tunnel->udp_esp != 0;
        const bool both =
            form->bundle.headers == SAO_HEADERS_ESP_AH || tunnel->headers == SAO_HEADERS_ESP_AH;

        if (form->over_tunnel)
            continue;
        WITHOUT(Esp, 0, some_bundle_has(form, SAO_HEADERS_AH));
        WITHOUT(Ah, 0, some_bundle_has(form, SAO_HEADERS_ESP));
        WITHOUT(AhEspCombined, 0, both);
        WITHOUT(Transport, 0, form->bundle.mode == SAO_IPSEC_TRANSPORT);
        WITHOUT(Tunnel, 0, tunnel->mode == SAO_IPSEC_TUNNEL);
        WITHOUT(UdpEsp, 0, udp);
        WITHOUT(IPv6Supported, 0, version_of(each) == 6);
        WITHOUT(ExtendedSequenceNumbers, 0, true);
        WITHOUT(EncryptionAlgorithms, IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_128,
                some_bundle_has(form, SAO_HEADERS_AH));
        WITHOUT(AuthenticationAlgorithms, IPSEC_OFFLOAD_V2_AUTHENTICATION_MD5,
                some_bundle_has(form, SAO_HEADERS_ESP));
    }
}

/* Then the tunnel is all that the NIC gets (CAP-2 wants both of its parts in Transport, Tunnel). */
static void two_parts_need_an_offer_of_both(void **state) /* ADD-10, TX-4 */
{
    const sao_packet_form *form;

    (void)state;
    for (uint32_t each = 0; (form = form_of(each)) != NULL; each++) {
        NDIS_IPSEC_OFFLOAD_V2 offer = offer_all();
        test_pair pair;

        if (!form->over_tunnel)
            continue;
        offer.TransportTunnelCombined = 0;
        pair_init(&pair, form->name, version_of(each));
        pair_open(&pair);
        pair_offer(&pair, 0, &offer);
        pair_offer(&pair, 1, &offer);
        pair_establish(&pair);
        assert_int_equal(pair.end[0].fake.request_count, 1);
        assert_int_equal(sao_transport_state(pair.end[0].transport, pair.end[0].tunnel),
                         SAO_ASSOCIATION_OFFLOADED);
        pair_carry(&pair, 0, pair_send(&pair, 0), pair_opened(1));
        pair_expect_delivery(&pair, 0, 1);
        assert_int_equal(pair_counters(&pair, 1).shared_rx, 1);

        offer = offer_all(); /* and when it comes, what was missing is added (CAP-4) */
        pair_offer(&pair, 0, &offer);
        assert_int_equal(sao_transport_state(pair.end[0].transport, pair.end[0].id),
                         SAO_ASSOCIATION_OFFLOADED);
        pair_close(&pair);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_goes_through_in_software),
        cmocka_unit_test(every_form_is_authenticated),
        cmocka_unit_test(an_add_says_what_the_form_has),
        cmocka_unit_test(every_form_goes_through_by_the_nic),
        cmocka_unit_test(both_ways_frame_alike),
        cmocka_unit_test(a_tunnel_may_be_the_nics_alone),
        cmocka_unit_test(a_transport_part_is_never_the_nics_alone),
        cmocka_unit_test(what_is_not_offered_is_not_asked_for),
        cmocka_unit_test(two_parts_need_an_offer_of_both),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
