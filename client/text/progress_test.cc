#include "client/text/progress.h"

#include <algorithm>
#include <sstream>
#include <string>

#include "gtest/gtest.h"

namespace netbuf::client {
namespace {

class ProgressTest : public ::testing::Test {
 protected:
  std::function<absl::Time()> Clock() {
    return [this] { return now_; };
  }

  absl::Time now_ = absl::UnixEpoch();
  std::ostringstream out_;
};

TEST_F(ProgressTest, BarShowsShareFramesAndRate) {
  ProgressMeter meter(out_, ProgressStyle::kBar, Clock());
  now_ += absl::Seconds(2);
  meter.Update(0.5, 3000, 250'000);
  EXPECT_EQ(out_.str(),
            "\r[===============               ]  50% 3,000 frames, "
            "1,500 frames/s, 1 Mbit/s");
}

TEST_F(ProgressTest, BarIsDrawnAtMostTenTimesASecond) {
  ProgressMeter meter(out_, ProgressStyle::kBar, Clock());
  for (int i = 0; i < 1000; ++i) {
    now_ += absl::Milliseconds(1);
    meter.Update(0, i, i);
  }
  const std::string text = out_.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\r'), 10);
}

TEST_F(ProgressTest, BarIsWipedAtTheEnd) {
  {
    ProgressMeter meter(out_, ProgressStyle::kBar, Clock());
    now_ += absl::Seconds(1);
    meter.Update(-1, 1, 0);
    out_.str("");
  }
  EXPECT_EQ(out_.str(), "\r" + std::string(29, ' ') + "\r");
}

TEST_F(ProgressTest, LogGetsALineEveryFiveSeconds) {
  ProgressMeter meter(out_, ProgressStyle::kLines, Clock());
  for (int i = 1; i <= 11; ++i) {
    now_ += absl::Seconds(1);
    meter.Update(i / 20.0, i * 100, 0);
  }
  EXPECT_EQ(out_.str(),
            " 25% 500 frames, 100 frames/s, 0 bit/s\n"
            " 50% 1,000 frames, 100 frames/s, 0 bit/s\n");
}

TEST_F(ProgressTest, ShortTransferShowsNothing) {
  {
    ProgressMeter meter(out_, ProgressStyle::kBar, Clock());
    meter.Update(1, 100, 100);
  }
  EXPECT_EQ(out_.str(), "");
}

TEST_F(ProgressTest, NoneIsSilent) {
  ProgressMeter meter(out_, ProgressStyle::kNone, Clock());
  now_ += absl::Hours(1);
  meter.Update(0.5, 1, 1);
  EXPECT_EQ(out_.str(), "");
}

}  // namespace
}  // namespace netbuf::client
