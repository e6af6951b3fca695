// SPDX-License-Identifier: BSD-2-Clause
/* Between which addresses the SAs of two hosts are: their own, or made-up ones of another version.
 */
#include "cli/ends.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static sao_host_pair pair_of(uint8_t version, uint8_t last)
{
    sao_host_pair pair;

    memset(&pair, 0, sizeof pair);
    pair.version = version;
    for (int side = 0; side < 2; side++) {
        pair.address[side].bytes[0] = version == 4 ? 192 : 0x20;
        pair.address[side].bytes[version == 4 ? 3 : 15] = (uint8_t)(last + side);
    }
    return pair;
}

static sao_link_config choose(const char *form, const sao_host_pair *pair, uint8_t version)
{
    sao_link_config link;

    sao_link_config_init(&link);
    link.form = sao_packet_form_find(form);
    sao_ends_choose(pair, version, &link);
    return link;
}

static void test_hosts_have_their_own_addresses(void **state)
{
    static const char *const forms[] = {"esp-tunnel", "esp-transport", "esp-over-esp"};

    (void)state;
    for (uint32_t i = 0; i < 12; i++) {
        const sao_host_pair pair = pair_of(i % 2 == 0 ? 4 : 6, 1);
        const uint8_t asked = i % 4 < 2 ? 0 : pair.version;
        const sao_link_config link = choose(forms[i / 4], &pair, asked);

        assert_int_equal(link.ip_version, pair.version);
        assert_memory_equal(link.address, pair.address, sizeof pair.address);
    }
}

/* Other pairs have other ones; and the packets' own are inside. */
static void test_a_tunnel_may_be_of_another_version(void **state)
{
    static const char *const forms[] = {"esp-tunnel", "esp-over-esp"};

    (void)state;
    for (uint32_t i = 0; i < 4; i++) {
        const sao_host_pair pair = pair_of(i % 2 == 0 ? 4 : 6, 1);
        const sao_host_pair other = pair_of(pair.version, 7);
        const uint8_t asked = (uint8_t)(10 - pair.version);
        const sao_link_config link = choose(forms[i / 2], &pair, asked);
        const sao_link_config second = choose(forms[i / 2], &other, asked);

        assert_int_equal(link.ip_version, asked);
        assert_int_equal(link.inner_version, pair.version);
        assert_memory_equal(link.inner_address, pair.address, sizeof pair.address);
        for (int side = 0; side < 2; side++) {
            const uint8_t *bytes = link.address[side].bytes;
            static const uint8_t zero[12];

            assert_memory_not_equal(bytes, link.address[1 - side].bytes, 16);
            assert_memory_not_equal(bytes, second.address[side].bytes, 16);
            if (asked == 4) { /* RFC 2544 */
                assert_int_equal(bytes[0], 198);
                assert_in_range(bytes[1], 18, 19);
                assert_memory_equal(bytes + 4, zero, sizeof zero);
            } else { /* RFC 3849 */
                assert_memory_equal(bytes, "\x20\x01\x0d\xb8", 4);
                assert_memory_equal(bytes + 12, pair.address[side].bytes, 4);
            }
        }
    }
}

static void test_transport_mode_has_no_choice(void **state)
{
    const sao_host_pair pair = pair_of(4, 1);
    const sao_link_config link = choose("ah-transport", &pair, 6);

    (void)state;
    assert_int_equal(link.ip_version, 4);
    assert_memory_equal(link.address, pair.address, sizeof pair.address);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hosts_have_their_own_addresses),
        cmocka_unit_test(test_a_tunnel_may_be_of_another_version),
        cmocka_unit_test(test_transport_mode_has_no_choice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
