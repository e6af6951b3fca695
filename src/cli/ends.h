// SPDX-License-Identifier: BSD-2-Clause
/* ends.h: between which addresses the SAs of two hosts are. */
#ifndef SAO_CLI_ENDS_H
#define SAO_CLI_ENDS_H

#include "cli/hosts.h"

/*
 * Fills in the link's versions and addresses for its form. The hosts' own addresses, also of a
 * tunnel; but where `ip_version` (4 or 6; 0: the pair's) is another one, a tunnel is between
 * made-up addresses: an IPv4 address ends an IPv6 one of 2001:db8:4::/96 (RFC 3849), and an IPv6
 * pair gets two of 198.18.0.0/15 (RFC 2544) by a hash.
 */
void sao_ends_choose(const sao_host_pair *pair, uint8_t ip_version, sao_link_config *link);

#endif /* SAO_CLI_ENDS_H */
