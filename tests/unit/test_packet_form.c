// SPDX-License-Identifier: BSD-2-Clause
/* The forms of packets: the table, which forms can be, what they need of a NIC. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <saoffload/packet_form.h>

#define UDP_TYPES_ALL 0xFu

static const sao_bundle_form esp_tunnel;
static const sao_bundle_form esp_transport = {.mode = SAO_IPSEC_TRANSPORT};

static sao_bundle_form with_udp(sao_bundle_form form, uint32_t type)
{
    form.udp_esp = type;
    return form;
}

static void every_form_has_a_name_of_its_own(void **state)
{
    const sao_packet_form *form;
    size_t count = 0;

    (void)state;
    for (; (form = sao_packet_form_at(count)) != NULL; count++)
        assert_ptr_equal(sao_packet_form_find(form->name), form);
    assert_int_equal(count, 23);
    assert_null(sao_packet_form_at(count + 1));
    assert_null(sao_packet_form_find("esp"));
    assert_null(sao_packet_form_find(""));
}

static void every_form_of_the_table_can_be(void **state)
{
    const sao_packet_form *form;

    (void)state;
    for (size_t i = 0; (form = sao_packet_form_at(i)) != NULL; i++) {
        assert_null(sao_bundle_form_problem(&form->bundle, form->over_tunnel));
        if (form->over_tunnel)
            assert_null(sao_bundle_form_over_problem(&form->bundle, &form->tunnel));
    }
}

/* Each protocol in each mode, both together, and each UDP-ESP type; no form twice. */
static void the_table_is_whole(void **state)
{
    const sao_packet_form *a;
    const sao_packet_form *b;
    uint32_t types = 0;
    uint32_t alone = 0;

    (void)state;
    for (size_t i = 0; (a = sao_packet_form_at(i)) != NULL; i++) {
        types |= a->bundle.udp_esp | (a->over_tunnel ? a->tunnel.udp_esp : 0);
        if (!a->over_tunnel && a->bundle.udp_esp == 0)
            alone |= 1u << ((uint32_t)a->bundle.mode * 3u + (uint32_t)a->bundle.headers);
        for (size_t j = 0; j < i; j++) {
            b = sao_packet_form_at(j);
            assert_false(memcmp(&a->bundle, &b->bundle, sizeof a->bundle) == 0 &&
                         a->over_tunnel == b->over_tunnel &&
                         memcmp(&a->tunnel, &b->tunnel, sizeof a->tunnel) == 0);
        }
    }
    assert_int_equal(types, UDP_TYPES_ALL);
    assert_int_equal(alone, 0x3F);
}

static void what_contradicts_itself_is_no_form(void **state) /* ADD-15, CAP-5 */
{
    sao_bundle_form form = esp_tunnel;

    (void)state;
    assert_non_null(sao_bundle_form_problem(&esp_tunnel, true));
    form.mode = (sao_ipsec_mode)2;
    assert_non_null(sao_bundle_form_problem(&form, false));
    form = esp_tunnel;
    form.headers = (sao_ipsec_headers)3;
    assert_non_null(sao_bundle_form_problem(&form, false));
    for (uint32_t type = 1; type <= UDP_TYPES_ALL; type++) {
        const bool single = (type & (type - 1u)) == 0;

        form = with_udp(esp_transport, type);
        assert_int_equal(sao_bundle_form_problem(&form, false) == NULL, type == 1);
        assert_int_equal(sao_bundle_form_problem(&form, true) == NULL, type == 8);
        form = with_udp(esp_tunnel, type);
        assert_int_equal(sao_bundle_form_problem(&form, false) == NULL,
                         single && (type == 2 || type == 4));
        form.headers = SAO_HEADERS_ESP_AH;
        assert_non_null(sao_bundle_form_problem(&form, false));
        form.headers = SAO_HEADERS_AH;
        assert_non_null(sao_bundle_form_problem(&form, false));
    }
}

static void not_every_two_go_together(void **state) /* CAP-5 */
{
    const sao_bundle_form udp_transport = with_udp(esp_transport, 8);
    const sao_bundle_form udp_tunnel = with_udp(esp_tunnel, 4);
    const sao_bundle_form lone_udp_tunnel = with_udp(esp_tunnel, 2);
    const sao_bundle_form wrong = with_udp(esp_tunnel, 1);

    (void)state;
    assert_null(sao_bundle_form_over_problem(&udp_transport, &esp_tunnel));
    assert_null(sao_bundle_form_over_problem(&esp_transport, &udp_tunnel));
    assert_non_null(sao_bundle_form_over_problem(&udp_transport, &udp_tunnel));
    assert_non_null(sao_bundle_form_over_problem(&esp_transport, &lone_udp_tunnel));
    assert_non_null(sao_bundle_form_over_problem(&esp_transport, &esp_transport));
    assert_non_null(sao_bundle_form_over_problem(&esp_tunnel, &esp_tunnel));
    assert_non_null(sao_bundle_form_over_problem(&esp_transport, &wrong));
}

/* Takes the capabilities away one after the other; each form misses those that it needs. */
static void a_form_says_what_it_misses(void **state) /* ADD-10 */
{
    const NDIS_IPSEC_OFFLOAD_V2 all = {.Ah = true,
                                       .Esp = true,
                                       .AhEspCombined = true,
                                       .Transport = true,
                                       .Tunnel = true,
                                       .TransportTunnelCombined = true,
                                       .UdpEsp = UDP_TYPES_ALL};
    const sao_packet_form *form;

    (void)state;
    for (size_t i = 0; (form = sao_packet_form_at(i)) != NULL; i++) {
        const sao_bundle_form *bundle = &form->bundle;
        const bool over = form->over_tunnel;
        NDIS_IPSEC_OFFLOAD_V2 some = all;

        assert_null(sao_bundle_form_missing(bundle, over, &all));
#define MISSES(capability, needed)                                                                 \
    do {                                                                                           \
        const char *missing;                                                                       \
                                                                                                   \
        some = all;                                                                                \
        some.capability = false;                                                                   \
        missing = sao_bundle_form_missing(bundle, over, &some);                                    \
        assert_int_equal(missing != NULL, (needed));                                               \
        if (missing != NULL)                                                                       \
            assert_string_equal(missing, #capability);                                             \
    } while (0)
        MISSES(Esp, bundle->headers != SAO_HEADERS_AH);
        MISSES(Ah, bundle->headers != SAO_HEADERS_ESP);
        MISSES(AhEspCombined, bundle->headers == SAO_HEADERS_ESP_AH);
        MISSES(Tunnel, bundle->mode == SAO_IPSEC_TUNNEL);
        MISSES(Transport, bundle->mode == SAO_IPSEC_TRANSPORT);
        MISSES(TransportTunnelCombined, over);
        MISSES(UdpEsp, bundle->udp_esp != 0);
    }
}

static void one_type_of_udp_is_not_another(void **state) /* ADD-10 */
{
    const sao_packet_form *udp = sao_packet_form_find("udp-tunnel");
    const NDIS_IPSEC_OFFLOAD_V2 others = {
        .Esp = true, .Tunnel = true, .UdpEsp = UDP_TYPES_ALL & ~udp->bundle.udp_esp};

    (void)state;
    assert_string_equal(sao_bundle_form_missing(&udp->bundle, false, &others), "UdpEsp");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_has_a_name_of_its_own),
        cmocka_unit_test(every_form_of_the_table_can_be),
        cmocka_unit_test(the_table_is_whole),
        cmocka_unit_test(what_contradicts_itself_is_no_form),
        cmocka_unit_test(not_every_two_go_together),
        cmocka_unit_test(a_form_says_what_it_misses),
        cmocka_unit_test(one_type_of_udp_is_not_another),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
