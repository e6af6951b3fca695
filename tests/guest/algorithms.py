# SPDX-License-Identifier: BSD-2-Clause
"""The algorithms of the cases, by the names that they have here and in Linux."""


class Suite:
    """What one SA uses: our names, bytes of the keys (salt included), and what `ip xfrm` says.

    An AEAD has its key where encryption has it; AES-GMAC, which is one to Linux, where
    authentication has it.
    """

    def __init__(self, encryption=None, authentication=None, icv=None):
        self.encryption, self.encryption_key = encryption or (None, 0)
        self.authentication, self.authentication_key = authentication or (None, 0)
        self.icv = icv  # bytes, where there is a choice

    def __str__(self):
        names = " + ".join(name for name in (self.encryption, self.authentication) if name)
        return names + (", ICV %d" % self.icv if self.icv else "")

    @property
    def is_esp(self):
        return self.encryption is not None

    def ip_words(self, keys):
        """The algorithm for `ip xfrm state add`."""
        aead = AEADS.get(self.authentication) or AEADS.get(self.encryption)
        if aead:
            return "aead '%s' 0x%s %d" % (aead, keys.authentication or keys.encryption,
                                          8 * (self.icv or 16))
        name, bits = HMACS[self.authentication]
        words = "auth-trunc '%s' 0x%s %d" % (name, keys.authentication, bits)
        if not self.is_esp:
            return words
        key = "0x" + keys.encryption if keys.encryption else "''"
        return "enc '%s' %s %s" % (CIPHERS[self.encryption], key, words)


AEADS = {"AES-GCM-128": "rfc4106(gcm(aes))", "AES-GCM-192": "rfc4106(gcm(aes))",
         "AES-GCM-256": "rfc4106(gcm(aes))", "AES-GMAC-128": "rfc4543(gcm(aes))",
         "AES-GMAC-192": "rfc4543(gcm(aes))", "AES-GMAC-256": "rfc4543(gcm(aes))",
         "CHACHA20-POLY1305": "rfc7539esp(chacha20,poly1305)"}
CIPHERS = {"AES-CBC-128": "cbc(aes)", "AES-CBC-192": "cbc(aes)", "AES-CBC-256": "cbc(aes)",
           "3DES-CBC": "cbc(des3_ede)", "DES-CBC": "cbc(des)", "NULL": "ecb(cipher_null)"}
HMACS = {"HMAC-MD5-96": ("hmac(md5)", 96), "HMAC-SHA-1-96": ("hmac(sha1)", 96),
         "HMAC-SHA-256-128": ("hmac(sha256)", 128)}

_MD5, _SHA1, _SHA256 = ("HMAC-MD5-96", 16), ("HMAC-SHA-1-96", 20), ("HMAC-SHA-256-128", 32)
_NULL = ("NULL", 0)

GCM128 = Suite(("AES-GCM-128", 20))
GCM192 = Suite(("AES-GCM-192", 28))
GCM256 = Suite(("AES-GCM-256", 36))
GCM256_ICV8 = Suite(("AES-GCM-256", 36), icv=8)
GCM128_ICV12 = Suite(("AES-GCM-128", 20), icv=12)
CHACHA = Suite(("CHACHA20-POLY1305", 36))
GMAC128 = Suite(_NULL, ("AES-GMAC-128", 20))
GMAC192 = Suite(_NULL, ("AES-GMAC-192", 28))
GMAC256 = Suite(_NULL, ("AES-GMAC-256", 36))
CBC128_SHA256 = Suite(("AES-CBC-128", 16), _SHA256)
CBC192_SHA256 = Suite(("AES-CBC-192", 24), _SHA256)
CBC256_SHA256 = Suite(("AES-CBC-256", 32), _SHA256)
CBC256_SHA1 = Suite(("AES-CBC-256", 32), _SHA1)
DES3_SHA1 = Suite(("3DES-CBC", 24), _SHA1)
DES_MD5 = Suite(("DES-CBC", 8), _MD5)
NULL_SHA256 = Suite(_NULL, _SHA256)
NULL_MD5 = Suite(_NULL, _MD5)
MD5 = Suite(None, _MD5)
SHA1 = Suite(None, _SHA1)
SHA256 = Suite(None, _SHA256)
