// A Connection for tests of programs that use Client: no server, every answer
// and every error as the test says.

#ifndef NETBUFD_CLIENT_LIB_MOCK_CONNECTION_H_
#define NETBUFD_CLIENT_LIB_MOCK_CONNECTION_H_

#include <memory>
#include <string>

#include "client/lib/connection.h"
#include "gmock/gmock.h"

namespace netbuf::client {

class MockConnection : public Connection {
 public:
  MOCK_METHOD(absl::StatusOr<v1::Adapter>, CreateAdapter,
              (const v1::CreateAdapterRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::Adapter>, GetAdapter,
              (const v1::GetAdapterRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::ListAdaptersResponse>, ListAdapters,
              (const v1::ListAdaptersRequest&), (override));
  MOCK_METHOD(absl::Status, DeleteAdapter, (const v1::DeleteAdapterRequest&),
              (override));
  MOCK_METHOD(absl::StatusOr<v1::FilterModule>, AttachFilter,
              (const v1::AttachFilterRequest&), (override));
  MOCK_METHOD(absl::Status, DetachFilter, (const v1::DetachFilterRequest&),
              (override));
  MOCK_METHOD(absl::StatusOr<v1::Adapter>, SetLinkState,
              (const v1::SetLinkStateRequest&), (override));

  MOCK_METHOD(absl::StatusOr<v1::Protocol>, RegisterProtocol,
              (const v1::RegisterProtocolRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::Protocol>, GetProtocol,
              (const v1::GetProtocolRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::ListProtocolsResponse>, ListProtocols,
              (const v1::ListProtocolsRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::Protocol>, KeepAliveProtocol,
              (const v1::KeepAliveProtocolRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::DeregisterProtocolResponse>,
              DeregisterProtocol, (const v1::DeregisterProtocolRequest&),
              (override));

  MOCK_METHOD(absl::StatusOr<v1::Binding>, OpenBinding,
              (const v1::OpenBindingRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::Binding>, GetBinding,
              (const v1::GetBindingRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::ListBindingsResponse>, ListBindings,
              (const v1::ListBindingsRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::Binding>, PauseBinding,
              (const v1::PauseBindingRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::Binding>, RestartBinding,
              (const v1::RestartBindingRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::Binding>, CompleteRestartBinding,
              (const v1::CompleteRestartBindingRequest&), (override));
  MOCK_METHOD(absl::Status, CloseBinding, (const v1::CloseBindingRequest&),
              (override));
  MOCK_METHOD(std::unique_ptr<BindingEventReader>, WatchBinding,
              (const v1::WatchBindingRequest&), (override));

  MOCK_METHOD(absl::StatusOr<v1::NetBufferListPool>, CreateNetBufferListPool,
              (const v1::CreateNetBufferListPoolRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::NetBufferListPool>, GetNetBufferListPool,
              (const v1::GetNetBufferListPoolRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::ListNetBufferListPoolsResponse>,
              ListNetBufferListPools,
              (const v1::ListNetBufferListPoolsRequest&), (override));
  MOCK_METHOD(absl::Status, DeleteNetBufferListPool,
              (const v1::DeleteNetBufferListPoolRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::NetBufferPool>, CreateNetBufferPool,
              (const v1::CreateNetBufferPoolRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::NetBufferPool>, GetNetBufferPool,
              (const v1::GetNetBufferPoolRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::ListNetBufferPoolsResponse>,
              ListNetBufferPools, (const v1::ListNetBufferPoolsRequest&),
              (override));
  MOCK_METHOD(absl::Status, DeleteNetBufferPool,
              (const v1::DeleteNetBufferPoolRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::TrimPoolResponse>, TrimPool,
              (const v1::TrimPoolRequest&), (override));

  MOCK_METHOD(absl::StatusOr<v1::AllocateNetBufferListsResponse>,
              AllocateNetBufferAndNetBufferLists,
              (const v1::AllocateNetBufferAndNetBufferListsRequest&),
              (override));
  MOCK_METHOD(absl::StatusOr<v1::AllocateNetBufferListsResponse>,
              AllocateNetBufferLists,
              (const v1::AllocateNetBufferListsRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::AllocateNetBuffersResponse>,
              AllocateNetBuffers, (const v1::AllocateNetBuffersRequest&),
              (override));
  MOCK_METHOD(absl::StatusOr<v1::AllocateNetBuffersResponse>,
              AllocateNetBufferMdlAndData,
              (const v1::AllocateNetBufferMdlAndDataRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::FreeNetBufferListsResponse>,
              FreeNetBufferLists, (const v1::FreeNetBufferListsRequest&),
              (override));
  MOCK_METHOD(absl::StatusOr<v1::FreeNetBuffersResponse>, FreeNetBuffers,
              (const v1::FreeNetBuffersRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::NetBufferList>, GetNetBufferList,
              (const v1::GetNetBufferListRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::NetBuffer>, GetNetBuffer,
              (const v1::GetNetBufferRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::NetBuffer>, WriteData,
              (const v1::WriteDataRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::ReadDataResponse>, ReadData,
              (const v1::ReadDataRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::NetBuffer>, SetDataSpace,
              (const v1::SetDataSpaceRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::RetreatDataStartResponse>, RetreatDataStart,
              (const v1::RetreatDataStartRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::AdvanceDataStartResponse>, AdvanceDataStart,
              (const v1::AdvanceDataStartRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::AllocateContextResponse>, AllocateContext,
              (const v1::AllocateContextRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::FreeContextResponse>, FreeContext,
              (const v1::FreeContextRequest&), (override));

  MOCK_METHOD(absl::StatusOr<v1::QueryOidResponse>, QueryOid,
              (const v1::QueryOidRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::SetOidResponse>, SetOid,
              (const v1::SetOidRequest&), (override));
  MOCK_METHOD(absl::StatusOr<v1::ListOidsResponse>, ListOids,
              (const v1::ListOidsRequest&), (override));

  MOCK_METHOD(absl::StatusOr<v1::SendNetBufferListsResponse>,
              SendNetBufferLists, (const v1::SendNetBufferListsRequest&),
              (override));
  MOCK_METHOD(absl::StatusOr<v1::SendFramesResponse>, SendFrames,
              (const v1::SendFramesRequest&), (override));
  MOCK_METHOD(std::unique_ptr<FrameReader>, ReceiveFrames,
              (const v1::ReceiveFramesRequest&), (override));

  MOCK_METHOD(absl::StatusOr<ServingStatus>, CheckHealth, (const std::string&),
              (override));
};

}  // namespace netbuf::client

#endif  // NETBUFD_CLIENT_LIB_MOCK_CONNECTION_H_
