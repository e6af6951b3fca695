// SPDX-License-Identifier: BSD-2-Clause
// peer_socket.c: a wire made of datagrams, one Ethernet frame in each.
#include "cli/peer_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define UNIX_PREFIX "unix:"

/* A burst of a host's TCP has to fit in. */
#define BUFFER_BYTES (1 << 20)

/* How long a frame waits for room in the other end's queue. */
#define WAIT_MILLISECONDS 20

/* ---- addresses ------------------------------------------------------------------------- */

static bool wrong_address(const char *text, sao_problem *problem)
{
    return sao_problem_set(problem, SAO_EXIT_USAGE,
                           "'%s' is neither ADDRESS:PORT, such as 127.0.0.1:15001 or [::1]:15001, "
                           "nor unix:PATH with a short path",
                           text);
}

static bool parse_unix(const char *path, struct sockaddr_storage *address, socklen_t *length)
{
    struct sockaddr_un *local = (struct sockaddr_un *)address;

    if (path[0] == '\0' || strlen(path) >= sizeof local->sun_path)
        return false;
    local->sun_family = AF_UNIX;
    memcpy(local->sun_path, path, strlen(path) + 1);
    *length = (socklen_t)sizeof *local;
    return true;
}

static bool parse_udp(const char *text, struct sockaddr_storage *address, socklen_t *length)
{
    const char *colon = strrchr(text, ':');
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                                   .ai_socktype = SOCK_DGRAM};
    struct addrinfo *found = NULL;
    char host[64];
    size_t n;

    if (colon == NULL || (size_t)(colon - text) >= sizeof host)
        return false;
    n = (size_t)(colon - text);
    if (n > 2 && text[0] == '[' && text[n - 1] == ']') {
        text++;
        n -= 2;
    }
    memcpy(host, text, n);
    host[n] = '\0';
    if (n == 0 || getaddrinfo(host, colon + 1, &hints, &found) != 0)
        return false;
    memcpy(address, found->ai_addr, found->ai_addrlen);
    *length = found->ai_addrlen;
    freeaddrinfo(found);
    return true;
}

static bool parse_address(const char *text, struct sockaddr_storage *address, socklen_t *length)
{
    memset(address, 0, sizeof *address);
    if (strncmp(text, UNIX_PREFIX, strlen(UNIX_PREFIX)) == 0)
        return parse_unix(text + strlen(UNIX_PREFIX), address, length);
    return parse_udp(text, address, length);
}

/* ---- the socket ------------------------------------------------------------------------ */

static bool set_up(const sao_peer_socket *wire, const struct sockaddr_storage *local,
                   socklen_t length)
{
    const int bytes = BUFFER_BYTES;
    const int flags = fcntl(wire->descriptor, F_GETFL);

    /* More is better, what there is will do. */
    (void)setsockopt(wire->descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    (void)setsockopt(wire->descriptor, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    return flags != -1 && fcntl(wire->descriptor, F_SETFL, flags | O_NONBLOCK) == 0 &&
           bind(wire->descriptor, (const struct sockaddr *)local, length) == 0;
}

bool sao_peer_socket_open(sao_peer_socket *wire, const char *local, const char *remote,
                          sao_problem *problem)
{
    struct sockaddr_storage address;
    socklen_t length = 0;

    memset(wire, 0, sizeof *wire);
    wire->descriptor = -1;
    if (!parse_address(local, &address, &length))
        return wrong_address(local, problem);
    if (!parse_address(remote, &wire->remote, &wire->remote_length))
        return wrong_address(remote, problem);
    if (address.ss_family != wire->remote.ss_family)
        return sao_problem_set(problem, SAO_EXIT_USAGE, "'%s' and '%s' are addresses of two kinds",
                               local, remote);
    wire->descriptor = socket(address.ss_family, SOCK_DGRAM, 0);
    if (wire->descriptor == -1 || !set_up(wire, &address, length)) {
        sao_problem_set(problem, SAO_EXIT_INPUT, "cannot receive at '%s': %s", local,
                        strerror(errno));
        sao_peer_socket_close(wire);
        return false;
    }
    if (address.ss_family == AF_UNIX)
        snprintf(wire->path, sizeof wire->path, "%s", local + strlen(UNIX_PREFIX));
    return true;
}

static bool send_now(const sao_peer_socket *wire, const uint8_t *frame, size_t length)
{
    return sendto(wire->descriptor, frame, length, 0, (const struct sockaddr *)&wire->remote,
                  wire->remote_length) == (ssize_t)length;
}

/* The other end has a queue of ten frames, where its socket is a file: a burst has to wait. */
static bool wait_for_room(const sao_peer_socket *wire)
{
    struct pollfd room = {.fd = wire->descriptor, .events = POLLOUT};

    return (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) &&
           poll(&room, 1, WAIT_MILLISECONDS) == 1;
}

void sao_peer_socket_send(sao_peer_socket *wire, const uint8_t *frame, size_t length)
{
    if (!send_now(wire, frame, length) && !(wait_for_room(wire) && send_now(wire, frame, length)))
        wire->unsent++;
}

ssize_t sao_peer_socket_receive(const sao_peer_socket *wire, uint8_t *frame, size_t capacity)
{
    ssize_t length;

    do {
        length = recv(wire->descriptor, frame, capacity, 0);
        /* Nobody was there for an earlier frame of ours: that says nothing of what arrives. */
    } while (length == -1 && (errno == ECONNREFUSED || errno == EINTR));
    return length;
}

void sao_peer_socket_close(sao_peer_socket *wire)
{
    if (wire->descriptor != -1)
        close(wire->descriptor);
    if (wire->path[0] != '\0')
        unlink(wire->path);
    wire->descriptor = -1;
    wire->path[0] = '\0';
}
