// SPDX-License-Identifier: BSD-2-Clause
/*
 * udp_encap.c: what an IKE daemon does for ESP in UDP (RFC 3948) on Linux: a socket at port 4500,
 * and a word to the kernel that what arrives there is ESP. Runs until the guest is switched off.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef UDP_ENCAP_ESPINUDP
#define UDP_ENCAP_ESPINUDP 2
#endif

static int listen_at(int family, const struct sockaddr *address, socklen_t length)
{
    const int encapsulation = UDP_ENCAP_ESPINUDP;
    const int on = 1;
    int descriptor = socket(family, SOCK_DGRAM, 0);

    if (descriptor == -1 ||
        (family == AF_INET6 &&
         setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) ||
        bind(descriptor, address, length) != 0 ||
        setsockopt(descriptor, IPPROTO_UDP, UDP_ENCAP, &encapsulation, sizeof encapsulation) != 0) {
        perror("udp_encap");
        return -1;
    }
    return descriptor;
}

int main(void)
{
    const uint16_t port = htons(4500);
    const struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = port};
    const struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = port};

    if (listen_at(AF_INET, (const struct sockaddr *)&four, sizeof four) == -1 ||
        listen_at(AF_INET6, (const struct sockaddr *)&six, sizeof six) == -1)
        return 1;
    for (;;)
        pause();
}
