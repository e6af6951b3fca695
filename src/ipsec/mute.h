// SPDX-License-Identifier: BSD-2-Clause
/* mute.h: IP headers as AH authenticates them: without what changes on the way. */
#ifndef SAO_IPSEC_MUTE_H
#define SAO_IPSEC_MUTE_H

#include <saoffload/platform.h>

/*
 * Makes the IP header and its extension headers, `length` bytes of whole headers, into what AH
 * authenticates (RFC 4302 section 3.3.3.1, appendix A): mutable fields become zero. With `sending`
 * source routes also become what they will be on arrival; a received packet has arrived, and is
 * taken as it is. False for options whose lengths do not fit, or a route that cannot be foretold.
 */
bool sao_mute(uint8_t *headers, uint32_t length, bool sending);

#endif /* SAO_IPSEC_MUTE_H */
