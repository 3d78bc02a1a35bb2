#include "server/service/live_streams.h"

#include <vector>

namespace netbuf {

void LiveStreams::Add(const std::shared_ptr<EndableStream>& stream) {
  absl::Status ended;
  {
    MutexLock lock(mu_);
    streams_[stream.get()] = stream;
    ended = ended_;
  }
  if (!ended.ok()) stream->End(ended);
}

void LiveStreams::Remove(const EndableStream* stream) {
  MutexLock lock(mu_);
  streams_.erase(stream);
}

void LiveStreams::EndAll(const absl::Status& status) {
  std::vector<std::shared_ptr<EndableStream>> streams;
  {
    MutexLock lock(mu_);
    ended_ = status;
    for (const auto& [key, weak] : streams_) {
      if (auto stream = weak.lock()) streams.push_back(std::move(stream));
    }
  }
  for (const auto& stream : streams) stream->End(status);
}

size_t LiveStreams::count() const {
  MutexLock lock(mu_);
  return streams_.size();
}

}  // namespace netbuf
