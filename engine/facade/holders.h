// Numbers for everybody who can hold a buffer, because a block has room for 32
// bits and not for a resource name.
//
// Thread safety: any thread. Numbers are not reused, so that an old stamp never
// names a newcomer; 2^32 registrations outlast any server.

#ifndef NETBUFD_ENGINE_FACADE_HOLDERS_H_
#define NETBUFD_ENGINE_FACADE_HOLDERS_H_

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "engine/base/mutex.h"
#include "engine/pool/pool_types.h"

namespace netbuf {

class Holders {
 public:
  HolderId Add(absl::string_view name) {
    MutexLock lock(mu_);
    names_.emplace(++last_, name);
    return last_;
  }
  void Remove(HolderId id) {
    MutexLock lock(mu_);
    names_.erase(id);
  }
  // Empty for nobody and for one that is gone.
  std::string Name(HolderId id) const {
    MutexLock lock(mu_);
    auto it = names_.find(id);
    return it == names_.end() ? std::string() : it->second;
  }

 private:
  mutable Mutex mu_;
  HolderId last_ ABSL_GUARDED_BY(mu_) = kNoHolder;
  absl::flat_hash_map<HolderId, std::string> names_ ABSL_GUARDED_BY(mu_);
};

}  // namespace netbuf

#endif  // NETBUFD_ENGINE_FACADE_HOLDERS_H_
