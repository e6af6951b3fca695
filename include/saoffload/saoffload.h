// SPDX-License-Identifier: BSD-2-Clause
/* saoffload.h: the whole API in one include. Each header can also be read and used alone. */
#ifndef SAOFFLOAD_SAOFFLOAD_H
#define SAOFFLOAD_SAOFFLOAD_H

#include <saoffload/adapter.h>
#include <saoffload/algorithm.h>
#include <saoffload/backend.h>
#include <saoffload/boundary.h>
#include <saoffload/bundle.h>
#include <saoffload/canonical.h>
#include <saoffload/capabilities.h>
#include <saoffload/crypto.h>
#include <saoffload/event.h>
#include <saoffload/handle.h>
#include <saoffload/ipsec.h>
#include <saoffload/life.h>
#include <saoffload/link.h>
#include <saoffload/list.h>
#include <saoffload/miniport.h>
#include <saoffload/ndis.h>
#include <saoffload/oob.h>
#include <saoffload/packet.h>
#include <saoffload/packet_form.h>
#include <saoffload/platform.h>
#include <saoffload/request.h>
#include <saoffload/soft_nic.h>
#include <saoffload/status.h>
#include <saoffload/transport.h>
#include <saoffload/version.h>
#include <saoffload/world.h>

#endif /* SAOFFLOAD_SAOFFLOAD_H */
