# SPDX-License-Identifier: BSD-2-Clause
"""ESP, AH and UDP encapsulation put together by hand from the RFCs, without this library.

Only ciphers and digests come from elsewhere: python3-cryptography, hashlib, hmac. It is slow and
plain, trusts its input, and is there to be held against the library.
"""
import hmac
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

from peer import address

PROTOCOL = {"esp": 50, "udp": 17, "ah": 51}
DIGESTS = {"HMAC-MD5-96": "md5", "HMAC-SHA-1-96": "sha1", "HMAC-SHA-256-128": "sha256"}
HOP_BY_HOP, ROUTING, DESTINATION = 0, 43, 60
# Security and its kin, router alert, sender directed delivery: RFC 4302 appendix A1.
IMMUTABLE_OPTIONS = (130, 133, 134, 148, 149)


# ---- IP -------------------------------------------------------------------------------------

def ones_sum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def finish_ip(packet):
    """With the length that the packet has, and IPv4's checksum."""
    if packet[0] >> 4 == 6:
        return packet[:4] + struct.pack("!H", len(packet) - 40) + packet[6:]
    size = (packet[0] & 15) * 4
    head = packet[:2] + struct.pack("!H", len(packet)) + packet[4:10] + b"\0\0" + packet[12:size]
    return head[:10] + struct.pack("!H", ones_sum(head) ^ 0xFFFF) + head[12:] + packet[size:]


def extension_headers(packet):
    """Of an IPv6 packet: kind, start and end of each that comes before anything else."""
    kind, start = packet[6], 40
    while kind in (HOP_BY_HOP, ROUTING, DESTINATION):
        end = start + 8 + packet[start + 1] * 8
        yield kind, start, end
        kind, start = packet[start], end


def split_for_transport(packet):
    """The headers that stay in front, the place of the byte that names what follows, the rest."""
    if packet[0] >> 4 == 4:
        size = (packet[0] & 15) * 4
        return packet[:size], 9, packet[size:]
    cut, name_at = 40, 6
    for kind, start, end in extension_headers(packet):
        if kind in (HOP_BY_HOP, ROUTING):  # and what is before them
            cut, name_at = end, start
    return packet[:cut], name_at, packet[cut:]


def outer_header(association, packet):
    source, destination = (address(association.version, end) for end in association.ends)
    protocol = PROTOCOL[association.protocol]
    word = struct.unpack("!I", packet[:4])[0]
    traffic = (word >> 16 if packet[0] >> 4 == 4 else word >> 20) & 0xFF
    if association.version == 4:
        return struct.pack("!BBHHHBBH", 0x45, traffic, 0, 0, 0x4000, 64, protocol, 0) + \
            source + destination
    return struct.pack("!IHBB", 6 << 28 | traffic << 20, 0, protocol, 64) + source + destination


def frame(association, packet):
    """The headers in front, what to protect, and the byte that says what that is."""
    if association.mode == "tunnel":
        return outer_header(association, packet), packet, 4 if packet[0] >> 4 == 4 else 41
    headers, name_at, rest = split_for_transport(packet)
    named = headers[name_at]
    protocol = bytes([PROTOCOL[association.protocol]])
    return headers[:name_at] + protocol + headers[name_at + 1:], rest, named


# ---- ICVs and ciphers -----------------------------------------------------------------------

def gmac(suite, iv, data):
    key, salt = suite.authentication_key[:-4], suite.authentication_key[-4:]
    return AESGCM(key).encrypt(salt + iv, b"", data)


def compute_hmac(suite, data):
    return hmac.new(suite.authentication_key, data, DIGESTS[suite.authentication]
                    ).digest()[:suite.icv]


def block_cipher(suite, iv, data):
    if suite.encryption == "-":
        return data
    if suite.encryption == "DES-CBC":
        cipher = algorithms.TripleDES(suite.key * 3)
    elif suite.encryption == "3DES-CBC":
        cipher = algorithms.TripleDES(suite.key)
    else:
        cipher = algorithms.AES(suite.key)
    encryptor = Cipher(cipher, modes.CBC(iv)).encryptor()
    return encryptor.update(data) + encryptor.finalize()


# ---- ESP ------------------------------------------------------------------------------------

def halves(association, sequence):
    low = struct.pack("!I", sequence & 0xFFFFFFFF)
    return struct.pack("!I", sequence >> 32) if association.esn else b"", low


def esp_block(suite):
    """What the body is padded to, in bytes."""
    return 4 if suite.aead or suite.gmac else max(4, suite.iv_length)


def esp(association, sequence, payload, next_header, more_blocks=0, padding=None, pad=None):
    """RFC 4303. `more_blocks` of padding than there need be; `padding` and `pad`: other bytes of it
    and another length than are right."""
    suite, iv = association.suite, association.iv
    spi = struct.pack("!I", association.spi)
    high, low = halves(association, sequence)
    block = esp_block(suite)
    count = -(len(payload) + 2) % block + more_blocks * block
    body = payload + (padding or bytes(range(1, count + 1)))
    body += bytes([count if pad is None else pad, next_header])
    if suite.aead:  # RFC 4106, RFC 7634
        cipher = AESGCM if suite.encryption.startswith("AES") else ChaCha20Poly1305
        sealed = cipher(suite.key[:-4]).encrypt(suite.key[-4:] + iv, body, spi + high + low)
        return spi + low + iv + sealed[:len(body) + suite.icv]
    if suite.gmac:  # RFC 4543
        return spi + low + iv + body + gmac(suite, iv, spi + high + low + iv + body)
    body = block_cipher(suite, iv, body)
    icv = compute_hmac(suite, spi + low + iv + body + high) if suite.icv else b""
    return spi + low + iv + body + icv


def udp(headers, inside, ports=(4500, 4500)):
    """RFC 3948: no checksum over IPv4; IPv6 demands one (RFC 8200 section 8.1)."""
    head = struct.pack("!HHHH", *ports, 8 + len(inside), 0)
    if headers[0] >> 4 == 4:
        return head + inside
    pseudo = headers[8:40] + struct.pack("!II", 8 + len(inside), 17)
    return head[:6] + struct.pack("!H", ones_sum(pseudo + head + inside) ^ 0xFFFF or 0xFFFF) + inside


# ---- AH -------------------------------------------------------------------------------------

def mute_ipv4(headers):
    """RFC 4302 section 3.3.3.1.1 and appendix A1, as it will be where the packet arrives."""
    destination, options, at = headers[16:20], b"", 20
    while at < len(headers):
        kind = headers[at]
        if kind == 0:
            options += headers[at:]
            break
        size = 1 if kind == 1 else headers[at + 1]
        option = headers[at:at + size]
        if kind in (131, 137) and option[2] <= size:
            destination = option[-4:]
        options += option if kind == 1 or kind in IMMUTABLE_OPTIONS else bytes(size)
        at += size
    return headers[:1] + b"\0" + headers[2:6] + bytes(3) + headers[9:10] + b"\0\0" + \
        headers[12:16] + destination + options


def mute_options(header):
    """RFC 4302 section 3.3.3.1.2.2: data that may change en route is zero."""
    muted, at = header[:2], 2
    while at < len(header):
        if header[at] == 0:
            muted, at = muted + b"\0", at + 1
            continue
        size = header[at + 1]
        data = bytes(size) if header[at] & 0x20 else header[at + 2:at + 2 + size]
        muted, at = muted + header[at:at + 2] + data, at + 2 + size
    return muted


def mute_ipv6(headers):
    fixed, rest = headers[:40], b""
    for kind, start, end in extension_headers(headers):
        header = headers[start:end]
        if kind == ROUTING and header[3] > 0:  # the way that it will have gone
            hops = [header[at:at + 16] for at in range(8, len(header), 16)]
            done = len(hops) - header[3]
            way = [fixed[24:40]] + hops[done:]
            fixed = fixed[:24] + way[-1]
            header = header[:3] + b"\0" + header[4:8] + b"".join(hops[:done] + way[:-1])
        rest += header if kind == ROUTING else mute_options(header)
    return b"\x60\0\0\0" + fixed[4:7] + b"\0" + fixed[8:] + rest


def ah(association, sequence, headers, payload, next_header, unit=None, padding=bytes(8)):
    """RFC 4302; AES-GMAC has its IV in the field of the ICV (RFC 4543 section 4). `unit` is what
    to make the header a multiple of, `padding` where to take the bytes for it from."""
    suite, iv = association.suite, association.iv
    high, low = halves(association, sequence)
    size = 12 + len(iv) + suite.icv
    padding = padding[:-size % (unit or (4 if association.version == 4 else 8))]
    size += len(padding)
    fixed = struct.pack("!BBHI", next_header, size // 4 - 2, 0, association.spi) + low
    whole = finish_ip(headers + bytes(size) + payload)[:len(headers)]
    muted = mute_ipv4(whole) if association.version == 4 else mute_ipv6(whole)
    covered = muted + fixed + bytes(size - 12 - len(padding)) + padding + payload + high
    icv = gmac(suite, iv, covered) if suite.gmac else compute_hmac(suite, covered)
    return whole + fixed + iv + icv + padding + payload


# ---- all of it ------------------------------------------------------------------------------

def protect(association, sequence, packet, **options):
    return assemble(association, sequence, *frame(association, packet), **options)


def assemble(association, sequence, headers, payload, named, **options):
    """From what `frame` returns, or something else."""
    if association.protocol == "ah":
        return ah(association, sequence, headers, payload, named, **options)
    inside = esp(association, sequence, payload, named, **options)
    if association.protocol == "udp":
        inside = udp(headers, inside)
    return finish_ip(headers + inside)
