#include "client/lib/client.h"

#include <memory>
#include <string>
#include <vector>

#include "client/lib/mock_connection.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace netbuf::client {
namespace {

using ::testing::ElementsAre;
using ::testing::StrictMock;

class ClientTest : public ::testing::Test {
 protected:
  std::shared_ptr<StrictMock<MockConnection>> connection_ =
      std::make_shared<StrictMock<MockConnection>>();
  const Client client_{connection_};
};

TEST_F(ClientTest, ListsFetchPageAfterPage) {
  EXPECT_CALL(*connection_, ListAdapters)
      .WillOnce([](const v1::ListAdaptersRequest& request) {
        EXPECT_EQ(request.page_token(), "");
        v1::ListAdaptersResponse page;
        page.add_adapters()->set_name("adapters/a1");
        page.add_adapters()->set_name("adapters/a2");
        page.set_next_page_token("more");
        return page;
      })
      .WillOnce([](const v1::ListAdaptersRequest& request) {
        EXPECT_EQ(request.page_token(), "more");
        v1::ListAdaptersResponse page;
        page.add_adapters()->set_name("adapters/a3");
        return page;
      });
  const absl::StatusOr<std::vector<v1::Adapter>> adapters =
      client_.ListAdapters();
  ASSERT_TRUE(adapters.ok());
  std::vector<std::string> names;
  for (const v1::Adapter& adapter : *adapters) names.push_back(adapter.name());
  EXPECT_THAT(names, ElementsAre("adapters/a1", "adapters/a2", "adapters/a3"));
}

TEST_F(ClientTest, ErrorOnALaterPageIsTheErrorOfTheList) {
  v1::ListBindingsResponse page;
  page.add_bindings()->set_name("protocols/p/bindings/b");
  page.set_next_page_token("more");
  EXPECT_CALL(*connection_, ListBindings)
      .WillOnce([&page](const v1::ListBindingsRequest& request) {
        EXPECT_EQ(request.parent(), "protocols/-");
        return page;
      })
      .WillOnce([](const v1::ListBindingsRequest& request) {
        EXPECT_EQ(request.parent(), "protocols/-");
        return absl::InternalError("broken");
      });
  EXPECT_EQ(client_.ListBindings().status(), absl::InternalError("broken"));
}

TEST_F(ClientTest, ZeroTimeoutLeavesTheChoiceToTheServer) {
  EXPECT_CALL(*connection_, PauseBinding)
      .WillOnce([](const v1::PauseBindingRequest& request) {
        EXPECT_FALSE(request.has_timeout());
        return v1::Binding();
      })
      .WillOnce([](const v1::PauseBindingRequest& request) {
        EXPECT_EQ(request.timeout().seconds(), 1);
        EXPECT_EQ(request.timeout().nanos(), 500'000'000);
        return v1::Binding();
      });
  EXPECT_TRUE(client_.PauseBinding("protocols/p/bindings/b").ok());
  EXPECT_TRUE(
      client_.PauseBinding("protocols/p/bindings/b", absl::Milliseconds(1500))
          .ok());
}

TEST_F(ClientTest, StatusesComeOneAFrame) {
  EXPECT_CALL(*connection_, SendFrames).WillOnce([] {
    v1::SendFramesResponse response;
    response.add_ndis_statuses(v1::NDIS_STATUS_SUCCESS);
    response.add_ndis_statuses(v1::NDIS_STATUS_INVALID_LENGTH);
    return response;
  });
  v1::SendFramesRequest request;
  request.add_frames("one");
  request.add_frame_lengths(3);
  request.set_frame_data("two");
  const auto statuses = client_.SendFrames(request);
  ASSERT_TRUE(statuses.ok());
  EXPECT_THAT(*statuses, ElementsAre(v1::NDIS_STATUS_SUCCESS,
                                     v1::NDIS_STATUS_INVALID_LENGTH));
}

TEST_F(ClientTest, AnswerWithTooFewStatusesIsDataLoss) {
  EXPECT_CALL(*connection_, SendFrames).WillOnce([] {
    return v1::SendFramesResponse();
  });
  v1::SendFramesRequest request;
  request.add_frames("one");
  EXPECT_EQ(client_.SendFrames(request).status().code(),
            absl::StatusCode::kDataLoss);
}

TEST_F(ClientTest, HandlesGoWhereTheyBelong) {
  EXPECT_CALL(*connection_, FreeNetBufferLists)
      .WillOnce([](const v1::FreeNetBufferListsRequest& request) {
        EXPECT_EQ(request.protocol(), "protocols/p");
        EXPECT_THAT(request.net_buffer_lists(), ElementsAre(7, 8));
        return v1::FreeNetBufferListsResponse();
      });
  EXPECT_CALL(*connection_, AllocateNetBufferLists).WillOnce([] {
    v1::AllocateNetBufferListsResponse response;
    response.add_net_buffer_lists(7);
    response.add_net_buffer_lists(8);
    return response;
  });
  const auto handles =
      client_.AllocateNetBufferLists(v1::AllocateNetBufferListsRequest());
  ASSERT_TRUE(handles.ok());
  EXPECT_TRUE(client_.FreeNetBufferLists("protocols/p", *handles).ok());
}

TEST_F(ClientTest, CopiesShareTheConnection) {
  const Client copy = client_;
  EXPECT_CALL(*connection_, DeleteAdapter).WillOnce([] {
    return absl::OkStatus();
  });
  EXPECT_TRUE(copy.DeleteAdapter("adapters/a1").ok());
}

}  // namespace
}  // namespace netbuf::client
