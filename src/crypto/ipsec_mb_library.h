// SPDX-License-Identifier: BSD-2-Clause
/*
 * ipsec_mb_library.h: the managers of Intel's ipsec-mb library.
 *
 * A manager is a table of functions for the processor, and the queues of jobs that are interleaved.
 * The table may be used by all threads at once. The queues are one thread's at a time, so managers
 * with them are lent: as many as there are threads that seal or open at the same moment.
 */
#ifndef SAO_CRYPTO_IPSEC_MB_LIBRARY_H
#define SAO_CRYPTO_IPSEC_MB_LIBRARY_H

#include <saoffload/platform.h>

#include <intel-ipsec-mb.h>

/*
 * One whose functions are to be used, and not its queues. NULL if the processor lacks AES
 * instructions, the library was built without wiping after itself, or there is no memory. Callable
 * from any thread.
 */
const IMB_MGR *sao_ipsec_mb_functions(void);

/* For how many jobs the queues are: an interleaved job takes as long as all that have room beside
 * it, so for a few those are faster that interleave less, with the processor's SHA instructions. */
typedef enum sao_ipsec_mb_kind {
    SAO_IPSEC_MB_FEW,
    SAO_IPSEC_MB_MANY,
    SAO_IPSEC_MB_KINDS
} sao_ipsec_mb_kind;

/* One with queues that are empty; the borrower empties them again, and says what kind it was. NULL
 * without memory. Callable from any thread. */
IMB_MGR *sao_ipsec_mb_borrow(sao_ipsec_mb_kind kind);
void sao_ipsec_mb_give_back(IMB_MGR *manager, sao_ipsec_mb_kind kind);

#endif /* SAO_CRYPTO_IPSEC_MB_LIBRARY_H */
