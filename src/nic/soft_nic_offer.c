// SPDX-License-Identifier: BSD-2-Clause
/* soft_nic_offer.c: what the soft NIC can offer: forms of packets, and a provider's algorithms. */
#include <saoffload/algorithm.h>
#include <saoffload/soft_nic.h>

void sao_soft_nic_offer_forms(NDIS_IPSEC_OFFLOAD_V2 *capabilities)
{
    capabilities->IPv6Supported = 1;
    capabilities->IPv4Options = 1;
    capabilities->IPv6NonIPsecExtensionHeaders = 1;
    capabilities->Ah = 1;
    capabilities->Esp = 1;
    capabilities->AhEspCombined = 1;
    capabilities->Transport = 1;
    capabilities->Tunnel = 1;
    capabilities->TransportTunnelCombined = 1;
    capabilities->ExtendedSequenceNumbers = 1;
    capabilities->UdpEsp = IPSEC_OFFLOAD_V2_UDP_ESP_ENCAPSULATION_TRANSPORT |
                           IPSEC_OFFLOAD_V2_UDP_ESP_ENCAPSULATION_TUNNEL |
                           IPSEC_OFFLOAD_V2_TRANSPORT_OVER_UDP_ESP_ENCAPSULATION_TUNNEL |
                           IPSEC_OFFLOAD_V2_UDP_ESP_ENCAPSULATION_TRANSPORT_OVER_TUNNEL;
}

/* Does a block cipher go with every HMAC there is to go with, and with one at least? */
static bool goes_with_hmacs(const sao_crypto_provider *provider, uint32_t cipher)
{
    bool any = false;

    for (uint32_t bit = 1; bit != 0; bit <<= 1) {
        const sao_algorithm *hmac = sao_authentication_algorithm(bit);

        if (hmac == NULL || hmac->salt_length > 0 || /* AES-GMAC goes with no cipher (ADD-7) */
            provider->supports(IPSEC_OFFLOAD_V2_ENCRYPTION_NONE, bit) != NDIS_STATUS_SUCCESS)
            continue;
        if (provider->supports(cipher, bit) != NDIS_STATUS_SUCCESS)
            return false;
        any = true;
    }
    return any;
}

static bool can_encrypt(const sao_crypto_provider *provider, const sao_algorithm *algorithm)
{
    if (algorithm->combined)
        return provider->supports(algorithm->identifier, 0) == NDIS_STATUS_SUCCESS;
    return algorithm->block_length > 1 && goes_with_hmacs(provider, algorithm->identifier);
}

void sao_soft_nic_offer_algorithms(NDIS_IPSEC_OFFLOAD_V2 *capabilities,
                                   const sao_crypto_provider *provider)
{
    capabilities->EncryptionAlgorithms = 0;
    capabilities->AuthenticationAlgorithms = 0;
    for (uint32_t bit = 1; bit != 0; bit <<= 1) {
        const sao_algorithm *encryption = sao_encryption_algorithm(bit);
        const sao_algorithm *authentication = sao_authentication_algorithm(bit);

        if (encryption != NULL && can_encrypt(provider, encryption))
            capabilities->EncryptionAlgorithms |= bit;
        if (authentication != NULL &&
            provider->supports(IPSEC_OFFLOAD_V2_ENCRYPTION_NONE, bit) == NDIS_STATUS_SUCCESS) {
            capabilities->AuthenticationAlgorithms |= bit;
            capabilities->EncryptionAlgorithms |= IPSEC_OFFLOAD_V2_ENCRYPTION_NONE;
        }
    }
}
