#include "engine/ndis/stack_requirements.h"

#include "engine/ndis/oid_request.h"
#include "engine/ndis/status.h"

namespace netbuf {

NdisStatus AnswerStackRequirements(OidRequest& request,
                                   const StackRequirements& requirements) {
  return AnswerU32Array(request, {requirements.data_back_fill_size,
                                  requirements.context_back_fill_size});
}

}  // namespace netbuf
