// SPDX-License-Identifier: BSD-2-Clause
/* bare_ipsec_mb.c: ipsec-mb's calls for single packets, which compute a tag and compare none. */
#include "bare.h"

#include <intel-ipsec-mb.h>
#include <string.h>

typedef struct expanded {
    _Alignas(16) struct gcm_key_data key;
    IMB_MGR *mb;
} expanded;

static bool prepare(bare *b)
{
    static expanded made;
    IMB_ARCH arch = IMB_ARCH_NONE;

    made.mb = alloc_mb_mgr(0);
    if (made.mb == NULL)
        return false;
    init_mb_mgr_auto(made.mb, &arch);
    IMB_AES256_GCM_PRE(made.mb, wire_key, &made.key);
    b->key = &made;
    return arch > IMB_ARCH_NOAESNI;
}

static void seal(bare *b, const uint8_t *esp, uint8_t *data, uint32_t length, const uint8_t *nonce)
{
    expanded *with = b->key;
    struct gcm_context_data state;

    IMB_AES256_GCM_ENC(with->mb, &with->key, &state, data, data, length, nonce, esp,
                       WIRE_ESP_LENGTH, data + length, WIRE_ICV_LENGTH);
}

static bool open(bare *b, const uint8_t *esp, uint8_t *data, uint32_t length, const uint8_t *nonce)
{
    expanded *with = b->key;
    struct gcm_context_data state;
    uint8_t tag[WIRE_ICV_LENGTH];

    IMB_AES256_GCM_DEC(with->mb, &with->key, &state, data, data, length, nonce, esp,
                       WIRE_ESP_LENGTH, tag, WIRE_ICV_LENGTH);
    return memcmp(tag, data + length, sizeof tag) == 0;
}

bare bares_ipsec_mb[BARES_IPSEC_MB] = {
    {"ipsec-mb", IPSEC_OFFLOAD_V2_ENCRYPTION_AES_GCM_256, "aes-256-gcm", prepare, seal, open, NULL},
};
