// The OIDs that NDIS answers itself, from what it knows of the miniport and the
// stack (ndis-semantics 13, "by N").

#ifndef NETBUFD_ENGINE_STACK_ATTRIBUTE_OIDS_H_
#define NETBUFD_ENGINE_STACK_ATTRIBUTE_OIDS_H_

#include "engine/ndis/oid_request.h"
#include "engine/ndis/status.h"
#include "engine/nic/nic.h"
#include "engine/stack/restart_attributes.h"

namespace netbuf {

// False, and nothing done, for a request that is the miniport's. Statistics by
// their older OIDs are read from the statistics block (U16).
// OID_GEN_MAXIMUM_FRAME_SIZE is the miniport's own MTU, before filters.
bool AnswerFromAttributes(const Nic& nic, const RestartAttributes& attributes,
                          OidRequest& request, NdisStatus* status);

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_STACK_ATTRIBUTE_OIDS_H_
