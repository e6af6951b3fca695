// SPDX-License-Identifier: BSD-2-Clause
/* iv.c: makes IVs from numbers (TX-3). */
#include <saoffload/ipsec.h>

/* Big-endian, in the last bytes. */
static void put_number(const sao_ipsec_sa *sa, uint64_t number, uint8_t *iv)
{
    SAO_MEMSET(iv, 0, sa->iv_length);
    for (uint32_t i = sa->iv_length; i-- > 0; number >>= 8)
        iv[i] = (uint8_t)number;
}

/* Encrypts one block that has the number in it; the ICV that comes along is of no use. */
static NDIS_STATUS encrypt_number(const sao_ipsec_sa *sa, uint8_t *iv)
{
    static const uint8_t zero[SAO_IV_MAX] = {0};
    uint8_t icv[SAO_ICV_MAX];
    sao_crypto_job job;
    NDIS_STATUS status;

    SAO_MEMSET(&job, 0, sizeof job);
    job.nonce = zero;
    job.nonce_length = sa->iv_length;
    job.aad = zero; /* none of it */
    job.data = iv;
    job.length = sa->iv_length;
    job.tail = zero;
    job.icv = icv;
    status = sa->provider->seal(sa->context, &job);
    SAO_WIPE(icv, sizeof icv);
    return status;
}

NDIS_STATUS sao_ipsec_make_iv(const sao_ipsec_sa *sa, uint64_t number, uint8_t *iv)
{
    put_number(sa, number, iv);
    return sa->block_length > 1 ? encrypt_number(sa, iv) : NDIS_STATUS_SUCCESS;
}
