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

/* One with queues that are empty; the borrower empties them again. NULL without memory. Callable
 * from any thread. */
IMB_MGR *sao_ipsec_mb_borrow(void);
void sao_ipsec_mb_give_back(IMB_MGR *manager);

#endif /* SAO_CRYPTO_IPSEC_MB_LIBRARY_H */
