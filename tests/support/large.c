// SPDX-License-Identifier: BSD-2-Clause
/* large.c: see large.h. */
#include "support/large.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void keep_frame(void *wire, const sao_packet *packet)
{
    test_wire *w = wire;
    large_rig *r = w->test;

    r->transmit(wire, packet);
    assert_true(r->count < LARGE_SEGMENTS_MAX);
    r->transmitted[r->count++] = w->last_transmitted;
}

void large_prepare(large_rig *r, const char *name, uint8_t ip_version)
{
    form_prepare(&r->form, form_named(name), ip_version);
    r->form.config.staging = LARGE_STAGING;
    r->form.config.capabilities.LsoSupported = 1;
    r->transmit = r->form.config.wire.transmit;
    r->form.config.wire.transmit = keep_frame;
    r->form.wire.test = r;
    r->count = 0;
}

/* ---- large packets --------------------------------------------------------------------- */

static uint8_t payload_byte(uint32_t i)
{
    return (uint8_t)(i * 7u + i / 256u);
}

static uint32_t tcp_header_length(const large *made)
{
    return made->no_options ? 20 : LARGE_TCP_LENGTH;
}

static void write_tcp(const large *made, uint8_t *tcp)
{
    static const uint8_t header[LARGE_TCP_LENGTH] = {
        0x12, 0x34, 0, 80, 0xFF, 0xFF, 0xF0, 0, 1, 2, 3, 4, 0x80, 0, 0x20, 0, 0xAA, 0xBB};

    memcpy(tcp, header, tcp_header_length(made));
    tcp[12] = (uint8_t)(tcp_header_length(made) / 4 << 4);
    tcp[13] = made->flags;
}

/* Frames a packet that is empty but for the TCP header, and takes trailer and ICV off again. */
static uint32_t make_head(form_rig *f, large *made, uint32_t number)
{
    uint8_t *ip = made->bytes + TEST_MAC_LENGTH;
    sao_ndis_header_transmit *oob = &made->packet.header.Transmit;
    size_t length = test_ip_packet(ip, f->ip_version, tcp_header_length(made));
    uint32_t behind = 0;

    ip[f->ip_version == 4 ? 9 : 6] = 6;
    write_tcp(made, ip + length - tcp_header_length(made));
    for (uint32_t i = 0; i < f->bundle.count; i++) {
        const sao_ipsec_sa *sa = &f->bundle.sa[i];
        sao_ipsec_layout layout;

        assert_int_equal(sao_ipsec_frame(sa, form_sequence(f, &f->bundle, i, number), ip, &length,
                                         TEST_FRAME_MAX),
                         NDIS_STATUS_SUCCESS);
        assert_int_equal(sao_ipsec_locate(sa, ip, length, &layout), CRYPTO_SUCCESS);
        if (sa->protocol == SAO_PROTOCOL_AH) {
            oob->AhHeaderOffset = layout.header_at / 4u & 0xFFu;
            if (i > 0) /* ESP is behind it now */
                oob->EspHeaderOffset = layout.payload_at / 4u & 0xFFu;
        } else {
            oob->EspHeaderOffset = layout.header_at / 4u & 0xFFu;
            behind = layout.pad_length + 2u + sa->icv_length;
        }
    }
    return TEST_MAC_LENGTH + (uint32_t)length - behind;
}

void large_make(large_rig *r, large *made, uint32_t number, uint32_t payload, uint32_t mss,
                uint8_t pad)
{
    form_rig *f = &r->form;
    uint32_t head;

    memset(&made->packet, 0, sizeof made->packet);
    memset(made->bytes, 0, TEST_FRAME_MAX);
    made->bytes[12] = f->ip_version == 4 ? 0x08 : 0x86;
    made->bytes[13] = f->ip_version == 4 ? 0x00 : 0xDD;
    head = make_head(f, made, number);
    for (uint32_t i = 0; i < payload; i++)
        made->bytes[head + i] = payload_byte(i);
    memset(made->bytes + head + payload, 0x5A, pad);
    memset(made->bytes + TEST_MAC_LENGTH + (f->ip_version == 4 ? 2 : 4), 0, 2); /* IP's length */
    if (f->bundle.udp_esp != 0) /* and of UDP, with its checksum */
        memset(made->bytes + TEST_MAC_LENGTH + (f->ip_version == 4 ? 24 : 44), 0x5A, 4);
    made->payload_length = payload;
    made->mss = mss;
    made->packet.data = made->bytes;
    made->packet.length = made->packet.capacity = head + payload + pad;
    made->packet.ip_offset = TEST_MAC_LENGTH;
    made->packet.header.Transmit.NextHeader = 6;
    made->packet.header.Transmit.PadLength = pad;
    made->packet.ipsec.Transmit.OffloadHandle = f->bundle.out;
    sao_oob_set_lso(&made->packet.lso,
                    (sao_oob_lso){mss, head - tcp_header_length(made), f->ip_version == 6});
}

/* In two pieces, the second of which begins at this byte. */
void large_split(large *made, uint32_t at)
{
    made->rest = (sao_segment){NULL, made->bytes + at, made->packet.length - at};
    made->packet.length = at;
    made->packet.more = &made->rest;
}

NDIS_STATUS large_send(large_rig *r, large *made)
{
    const sao_miniport *miniport = &r->form.wire.miniport;

    r->count = 0;
    miniport->ops->send(miniport->context, &made->packet);
    return made->packet.status;
}

/* ---- what leaves ----------------------------------------------------------------------- */

/* RFC 1071, as simply as can be. */
static uint32_t sum16(const uint8_t *bytes, size_t length, uint32_t sum)
{
    for (size_t i = 0; i < length; i++)
        sum += (uint32_t)bytes[i] << (i % 2 == 0 ? 8 : 0);
    while (sum > 0xFFFF)
        sum = (sum & 0xFFFF) + (sum >> 16);
    return sum;
}

/* Opens segment `n`, which has these numbers, and takes everything off-> */
static size_t unprotect(large_rig *r, uint32_t n, uint32_t number, uint8_t *ip)
{
    form_rig *f = &r->form;
    size_t length = r->transmitted[n].packet.length - TEST_MAC_LENGTH;

    memcpy(ip, r->transmitted[n].bytes + TEST_MAC_LENGTH, length);
    for (uint32_t i = f->bundle.count; i-- > 0;) {
        const uint64_t sequence = form_sequence(f, &f->bundle, i, number) + n;
        sao_ipsec_result result;

        assert_int_equal(sao_ipsec_unprotect(&f->bundle.sa[i], sequence, ip, &length, &result),
                         NDIS_STATUS_SUCCESS);
        assert_true(result.sequence == sequence);
    }
    return length;
}

static void check_ip(const form_rig *f, uint32_t n, const uint8_t *ip, size_t length)
{
    if (f->ip_version == 6) {
        assert_int_equal(ip[4] << 8 | ip[5], length - 40);
        return;
    }
    assert_int_equal(ip[2] << 8 | ip[3], length);
    assert_int_equal(ip[4] << 8 | ip[5], 0x1234 + n); /* identification */
    assert_int_equal(sum16(ip, 20, 0), 0xFFFF);
}

/* The UDP header before ESP: none, over IPv4, or one that is right (RFC 8200 section 8.1). */
static void check_udp(const form_rig *f, const test_frame *frame)
{
    const uint8_t *ip = frame->bytes + TEST_MAC_LENGTH;
    const uint32_t header = f->ip_version == 4 ? 20 : 40;
    const uint32_t length = frame->packet.length - TEST_MAC_LENGTH - header;
    const uint8_t *udp = ip + header;

    if (f->bundle.udp_esp == 0)
        return;
    assert_int_equal(udp[4] << 8 | udp[5], length);
    if (f->ip_version == 4)
        assert_int_equal(udp[6] << 8 | udp[7], 0);
    else
        assert_int_equal(sum16(udp, length, sum16(ip + 8, 32, length + 17)), 0xFFFF);
}

static void check_tcp(const form_rig *f, const large *made, uint32_t n, uint32_t count,
                      const uint8_t *ip, size_t length)
{
    const size_t header = f->ip_version == 4 ? 20 : 40, tcp_length = length - header;
    const uint8_t *tcp = ip + header;
    const uint32_t sequence =
        (uint32_t)tcp[4] << 24 | (uint32_t)tcp[5] << 16 | (uint32_t)tcp[6] << 8 | tcp[7];
    uint8_t flags = made->flags;

    assert_true(sequence == 0xFFFFF000u + n * made->mss); /* which comes round */
    if (n + 1 < count)
        flags &= (uint8_t) ~(TCP_FIN | TCP_PSH);
    if (n > 0)
        flags &= (uint8_t)~TCP_CWR;
    assert_int_equal(tcp[13], flags);
    assert_int_equal(sum16(tcp, tcp_length,
                           sum16(ip + (f->ip_version == 4 ? 12 : 8), f->ip_version == 4 ? 8 : 32,
                                 (uint32_t)tcp_length + 6)),
                     0xFFFF);
}

void large_check(large_rig *r, const large *made, uint32_t number)
{
    const form_rig *f = &r->form;
    const uint32_t count =
        made->payload_length == 0 ? 1 : (made->payload_length + made->mss - 1) / made->mss;
    uint32_t at = 0;

    assert_int_equal(r->count, count);
    for (uint32_t n = 0; n < count; n++) {
        const size_t head = (f->ip_version == 4 ? 20 : 40) + tcp_header_length(made);
        const uint32_t left = made->payload_length - at;
        const uint32_t size = left < made->mss ? left : made->mss;
        uint8_t ip[TEST_FRAME_MAX];
        const size_t length = unprotect(r, n, number, ip);

        assert_int_equal(length, head + size);
        check_udp(f, &r->transmitted[n]);
        check_ip(f, n, ip, length);
        check_tcp(f, made, n, count, ip, length);
        for (uint32_t i = 0; i < size; i++)
            assert_int_equal(ip[head + i], payload_byte(at + i));
        at += size;
    }
    assert_int_equal(at, made->payload_length);
}
