// SPDX-License-Identifier: BSD-2-Clause
/* peer_socket.h: a wire made of datagrams, one Ethernet frame in each. */
#ifndef SAO_CLI_PEER_SOCKET_H
#define SAO_CLI_PEER_SOCKET_H

#include "cli/problem.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

typedef struct sao_peer_socket {
    int descriptor; /* -1: closed */
    struct sockaddr_storage remote;
    socklen_t remote_length;
    char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)]; /* to be removed; "" for none */
    uint64_t unsent; /* frames that nobody took, or that found no room */
} sao_peer_socket;

/*
 * Opens a socket at `local` which sends to `remote`: both "ADDRESS:PORT" of UDP, IPv6 addresses in
 * brackets, or both "unix:PATH". A socket file that is there already is not taken over. False: the
 * problem is set.
 */
bool sao_peer_socket_open(sao_peer_socket *wire, const char *local, const char *remote,
                          sao_problem *problem);

/* Sends a frame, or counts it as unsent; waits a few milliseconds for room, not for anybody. */
void sao_peer_socket_send(sao_peer_socket *wire, const uint8_t *frame, size_t length);

/* Takes a frame that has arrived; its length, which may be more than `capacity`, or -1 for none. */
ssize_t sao_peer_socket_receive(const sao_peer_socket *wire, uint8_t *frame, size_t capacity);

/* Closes it, and removes its file. */
void sao_peer_socket_close(sao_peer_socket *wire);

#endif /* SAO_CLI_PEER_SOCKET_H */
