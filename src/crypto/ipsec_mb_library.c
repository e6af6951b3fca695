// SPDX-License-Identifier: BSD-2-Clause
/* ipsec_mb_library.c: see ipsec_mb_library.h. */
#include "crypto/ipsec_mb_library.h"

#include <stdatomic.h>
#include <stdlib.h>

/* Managers that wait to be borrowed; what finds no place here is freed. */
#define IDLE_MAX 16u

static _Atomic(IMB_MGR *) shared;
static _Atomic(IMB_MGR *) idle[SAO_IPSEC_MB_KINDS][IDLE_MAX];

static void stop(void)
{
    free_mb_mgr(atomic_exchange(&shared, NULL));
    for (size_t kind = 0; kind < SAO_IPSEC_MB_KINDS; kind++)
        for (size_t i = 0; i < IDLE_MAX; i++)
            free_mb_mgr(atomic_exchange(&idle[kind][i], NULL));
}

/* What the library would emulate is not in constant time; what it would not wipe, nobody can. */
static IMB_MGR *new_manager(sao_ipsec_mb_kind kind)
{
    IMB_MGR *made = alloc_mb_mgr(0);
    IMB_ARCH arch = IMB_ARCH_NONE;

    if (made == NULL)
        return NULL;
    init_mb_mgr_auto(made, &arch);
    if (kind == SAO_IPSEC_MB_FEW && (made->features & IMB_FEATURE_SHANI) != 0)
        init_mb_mgr_sse(made);
    if (arch > IMB_ARCH_NOAESNI && imb_get_errno(made) == 0 &&
        (made->features & IMB_FEATURE_SAFE_DATA) != 0)
        return made;
    free_mb_mgr(made);
    return NULL;
}

const IMB_MGR *sao_ipsec_mb_functions(void)
{
    IMB_MGR *found = atomic_load_explicit(&shared, memory_order_acquire);
    IMB_MGR *nobody = NULL;

    if (found != NULL)
        return found;
    found = new_manager(SAO_IPSEC_MB_MANY);
    if (found == NULL)
        return NULL;
    if (!atomic_compare_exchange_strong(&shared, &nobody, found)) {
        free_mb_mgr(found); /* another thread was faster */
        return nobody;
    }
    (void)atexit(stop);
    return found;
}

IMB_MGR *sao_ipsec_mb_borrow(sao_ipsec_mb_kind kind)
{
    for (size_t i = 0; i < IDLE_MAX; i++) {
        IMB_MGR *found = atomic_load_explicit(&idle[kind][i], memory_order_relaxed);

        if (found != NULL)
            found = atomic_exchange_explicit(&idle[kind][i], NULL, memory_order_acquire);
        if (found != NULL)
            return found;
    }
    return new_manager(kind);
}

void sao_ipsec_mb_give_back(IMB_MGR *manager, sao_ipsec_mb_kind kind)
{
    for (size_t i = 0; i < IDLE_MAX; i++) {
        IMB_MGR *nobody = NULL;

        if (atomic_compare_exchange_strong_explicit(&idle[kind][i], &nobody, manager,
                                                    memory_order_release, memory_order_relaxed))
            return;
    }
    free_mb_mgr(manager);
}
