// SPDX-License-Identifier: BSD-2-Clause
/*
 * form.h: who writes what of an adapter's canonical form (canonical.h).
 *
 * adapter_canonical.c writes what adapter and bundles have of themselves. What a field of a
 * request or an outage means depends on its stage, which only its own module knows: so that
 * writes it. The adapter's bundles have their names before any of these is called.
 */
#ifndef SAO_CORE_FORM_H
#define SAO_CORE_FORM_H

#include <saoffload/canonical.h>

#include "core/adapter_state.h"

/* The name of the bundle in a slot; 0 for SAO_SLOT_NONE. */
void sao_form_slot(const sao_adapter *adapter, uint32_t slot, sao_canonical *writer);
/* The bundles of a request, or orphans, from `first` on, in order. */
void sao_form_chain(const sao_adapter *adapter, uint32_t first, sao_canonical *writer);
/* What a bundle is, apart from what has become of it. */
void sao_form_bundle(const sao_bundle *bundle, sao_canonical *writer);
/* How many grace periods are left until this one is over. */
void sao_form_grace(const sao_adapter *adapter, uint32_t period, sao_canonical *writer);

/* The stage of a request, and what its fields mean in it; its list, as far as it will be read. */
void sao_add_form(const sao_adapter *adapter, const sao_request *request, sao_canonical *writer);
void sao_delete_form(const sao_adapter *adapter, const sao_request *request, sao_canonical *writer);
void sao_update_form(const sao_adapter *adapter, const sao_request *request, sao_canonical *writer);
void sao_offload_form(const sao_adapter *adapter, const sao_request *request,
                      sao_canonical *writer);

/* An outage, if one is under way. */
void sao_outage_form(const sao_adapter *adapter, sao_canonical *writer);

/* Is all that was filed after the bundle, in its group of one of its views, of the ADD that added
 * it? Such bundles are the first candidates for a pair (pairing.c). */
bool sao_pairing_leads(const sao_pairing *pairing, uint32_t slot, uint32_t view);

#endif /* SAO_CORE_FORM_H */
