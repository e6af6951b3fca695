// SPDX-License-Identifier: BSD-2-Clause
/*
 * nic.h: the data sheet of an imaginary NIC. A driver sees struct nic_device and nothing else.
 *
 * The driver writes commands into a ring in host memory, moves command_tail and rings the
 * doorbell; the NIC executes them in order, writes a completion for each into another ring, moves
 * completion_tail and interrupts. Crypto is look-aside: a received frame is handed to the driver
 * as it came, and NIC_OPEN decrypts it in place.
 */
#ifndef EXAMPLE_NIC_H
#define EXAMPLE_NIC_H

#include <stdint.h>

#define NIC_SAS 8u /* entries of the SA table */
#define NIC_KEY_MAX 36u
#define NIC_BUFFERS 16u      /* receive buffers that the NIC holds at most */
#define NIC_GONE 0xFFFFFFFFu /* what every register reads as when the NIC is not there any more */
#define NIC_NO_SA 0xFFFFFFFFu

/* ---- registers and device memory ------------------------------------------------------- */

/* nic_registers.control */
#define NIC_ENABLE 1u
#define NIC_RESET 2u /* clears itself when done; forgets SAs, commands and posted buffers */

/* nic_registers.interrupt_cause and _mask */
#define NIC_CAUSE_COMPLETION 1u
#define NIC_CAUSE_RESET_DONE 2u

typedef struct nic_registers {
    volatile uint32_t control;
    volatile uint32_t doorbell;         /* any value but 0: there are new commands */
    volatile uint32_t command_base_low; /* bus address of nic_command[command_size] */
    volatile uint32_t command_base_high;
    volatile uint32_t command_size;        /* a power of two, as is the next */
    volatile uint32_t command_head;        /* the NIC's: commands executed so far */
    volatile uint32_t command_tail;        /* the driver's: commands written so far */
    volatile uint32_t completion_base_low; /* bus address of nic_completion[completion_size] */
    volatile uint32_t completion_base_high;
    volatile uint32_t completion_size;
    volatile uint32_t completion_head; /* the driver's: completions read so far */
    volatile uint32_t completion_tail; /* the NIC's: written so far; a reset leaves them readable */
    volatile uint32_t interrupt_cause; /* cleared by reading it */
    volatile uint32_t interrupt_mask;  /* the causes that interrupt */
    volatile uint32_t wish_after;      /* packets of an SA after which NIC_WISH is set; 0 never */
} nic_registers;

/* One entry of the SA table: the driver writes it, then commands NIC_ADD_SA. */
typedef struct nic_sa {
    uint32_t valid;      /* the NIC's */
    uint32_t packets;    /* the NIC's */
    uint32_t spi;        /* network byte order */
    uint32_t encryption; /* IPSEC_OFFLOAD_V2_ENCRYPTION_... */
    uint32_t key_length; /* bytes */
    uint8_t key[NIC_KEY_MAX];
} nic_sa;

typedef struct nic_device {
    nic_registers registers;
    nic_sa sa_table[NIC_SAS];
} nic_device;

/* ---- rings ----------------------------------------------------------------------------- */

typedef enum nic_opcode {
    NIC_ADD_SA = 1, /* sa */
    NIC_REMOVE_SA,  /* sa: its entry becomes zero */
    NIC_POST,       /* address, length: a receive buffer; completes when a frame is in it */
    NIC_SEND,       /* sa or NIC_NO_SA, address, length, ip_offset, iv: seal and transmit */
    NIC_OPEN        /* sa, address, length, ip_offset: check and decrypt in place */
} nic_opcode;

typedef struct nic_command {
    uint32_t opcode;
    uint32_t cookie[2]; /* comes back in the completion */
    uint32_t sa;
    uint32_t address_low;
    uint32_t address_high;
    uint32_t length;    /* bytes of the frame, or of the buffer */
    uint32_t ip_offset; /* bytes from the start of the frame to its IP header */
    uint32_t iv_low;
    uint32_t iv_high;
} nic_command;

/* nic_completion.status; of NIC_OPEN it is CRYPTO_... */
#define NIC_OK 0u
#define NIC_REFUSED 1u

/* nic_completion.flags, of NIC_OPEN */
#define NIC_WISH 1u /* this SA had better be deleted */

typedef struct nic_completion {
    uint32_t opcode;
    uint32_t cookie[2];
    uint32_t status;
    uint32_t flags;
    uint32_t length;      /* NIC_POST: bytes of the frame */
    uint32_t next_header; /* NIC_OPEN: of the ESP trailer, as is the next */
    uint32_t pad_length;
} nic_completion;

/* Bus addresses come in halves, and are host addresses here. */
static inline uint32_t nic_low(const void *address)
{
    return (uint32_t)(uintptr_t)address;
}

static inline uint32_t nic_high(const void *address)
{
    return (uint32_t)((uint64_t)(uintptr_t)address >> 32);
}

/* Reading this register clears it, which here has to be done by hand. */
static inline uint32_t nic_read_cause(nic_registers *registers)
{
    const uint32_t cause = registers->interrupt_cause;

    registers->interrupt_cause = 0;
    return cause;
}

#endif /* EXAMPLE_NIC_H */
