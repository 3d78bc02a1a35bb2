#include "engine/nic/capture_directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "engine/ndis/error.h"
#include "engine/nic/test_captures.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace netbuf {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class CaptureDirectoryTest
    : public ::testing::TestWithParam<CaptureDirectory::Resolver> {
 protected:
  CaptureDirectoryTest() {
    std::filesystem::create_directory(outside_.PathOf("captures"));
    inside_ = outside_.PathOf("captures");
    outside_.Write("secret", "outside");
    outside_.Write("captures/file", "inside");
    directory_ = *CaptureDirectory::Open(inside_, GetParam());
  }

  void ExpectError(const absl::Status& status, absl::StatusCode code,
                   const std::string& reason, const std::string& name) {
    EXPECT_EQ(status.code(), code) << name << ": " << status;
    const auto info = GetErrorInfo(status);
    ASSERT_TRUE(info.has_value()) << name;
    EXPECT_EQ(info->reason, reason) << name << ": " << status;
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr(inside_)))
        << "tells clients where the directory is";
  }
  // Neither to read nor to write.
  void ExpectRefused(const std::string& name, absl::StatusCode code,
                     const std::string& reason) {
    ExpectError(directory_->OpenForReading(name, "receive_file").status(), code,
                reason, name);
    ExpectError(directory_->OpenForWriting(name, "transmit_file").status(),
                code, reason, name);
  }

  TestDirectory outside_;
  std::string inside_;
  std::unique_ptr<CaptureDirectory> directory_;
};

INSTANTIATE_TEST_SUITE_P(Resolvers, CaptureDirectoryTest,
                         ::testing::Values(CaptureDirectory::Resolver::kOpenat2,
                                           CaptureDirectory::Resolver::kWalk),
                         [](const auto& param_info) {
                           return param_info.param ==
                                          CaptureDirectory::Resolver::kWalk
                                      ? "Walk"
                                      : "Openat2";
                         });

TEST_P(CaptureDirectoryTest, FilesInsideAreOpened) {
  auto file = directory_->OpenForReading("file", "receive_file");
  ASSERT_TRUE(file.ok()) << file.status();
  char bytes[6] = {};
  EXPECT_EQ(::read(file->get(), bytes, 6), 6);
  EXPECT_EQ(std::string(bytes, 6), "inside");
}

TEST_P(CaptureDirectoryTest, SubdirectoriesMayBeNamed) {
  std::filesystem::create_directories(inside_ + "/a/b");
  auto file = directory_->OpenForWriting("a/b/new", "transmit_file");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_TRUE(file->created);
  EXPECT_TRUE(std::filesystem::exists(inside_ + "/a/b/new"));
  EXPECT_TRUE(directory_->OpenForReading("a/b/new", "f").status().code() ==
              absl::StatusCode::kFailedPrecondition);
  directory_->Remove("a/b/new");
  EXPECT_FALSE(std::filesystem::exists(inside_ + "/a/b/new"));
}

TEST_P(CaptureDirectoryTest, WritingEmptiesTheFileThatIsThere) {
  auto file = directory_->OpenForWriting("file", "transmit_file");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_FALSE(file->created);
  EXPECT_EQ(std::filesystem::file_size(inside_ + "/file"), 0);
}

TEST_P(CaptureDirectoryTest, NamesThatLeaveAreRefused) {
  for (const std::string& name :
       {std::string("../secret"), std::string("/etc/passwd"),
        std::string("a/../../secret"), std::string(".."), std::string("."),
        std::string(""), std::string("a//b"), std::string("file/"),
        std::string("./file"), std::string("fi\0le", 5)}) {
    ExpectRefused(name, absl::StatusCode::kInvalidArgument,
                  "CAPTURE_NAME_INVALID");
  }
  EXPECT_EQ(outside_.Read("secret"), "outside");
}

TEST_P(CaptureDirectoryTest, ErrorsNameTheField) {
  const absl::Status status =
      directory_->OpenForReading("../x", "receive_file").status();
  EXPECT_EQ(GetErrorInfo(status)->fields.at(0).field, "receive_file");
}

TEST_P(CaptureDirectoryTest, SymbolicLinksAreRefused) {
  std::filesystem::create_directory(inside_ + "/real");
  outside_.Write("captures/real/file", "inside");
  struct {
    const char* target;
    const char* link;
    const char* name;
  } const kCases[] = {
      {"../secret", "out", "out"},
      {"/etc/passwd", "absolute", "absolute"},
      {"file", "in", "in"},
      {"nowhere", "dangling", "dangling"},
      {"..", "up", "up/secret"},
      {"real", "dir", "dir/file"},
      {"/", "root", "root/etc/passwd"},
  };
  for (const auto& c : kCases) {
    std::filesystem::create_symlink(c.target, inside_ + "/" + c.link);
    ExpectRefused(c.name, absl::StatusCode::kInvalidArgument,
                  "CAPTURE_NAME_INVALID");
  }
  EXPECT_EQ(outside_.Read("secret"), "outside");
  EXPECT_EQ(outside_.Read("captures/file"), "inside");
  EXPECT_FALSE(outside_.Exists("captures/nowhere"));
}

TEST_P(CaptureDirectoryTest, OnlyRegularFilesAreOpened) {
  std::filesystem::create_directory(inside_ + "/dir");
  ASSERT_EQ(::mkfifo((inside_ + "/fifo").c_str(), 0644), 0);
  ExpectRefused("dir", absl::StatusCode::kInvalidArgument,
                "CAPTURE_NOT_REGULAR_FILE");
  // Without waiting for the other end.
  ExpectRefused("fifo", absl::StatusCode::kInvalidArgument,
                "CAPTURE_NOT_REGULAR_FILE");
}

TEST_P(CaptureDirectoryTest, MissingFileIsNotFound) {
  ExpectError(directory_->OpenForReading("missing", "f").status(),
              absl::StatusCode::kNotFound, "CAPTURE_NOT_FOUND", "missing");
  ExpectRefused("no/dir", absl::StatusCode::kNotFound, "CAPTURE_NOT_FOUND");
  ExpectRefused("file/x", absl::StatusCode::kNotFound, "CAPTURE_NOT_FOUND");
}

TEST_P(CaptureDirectoryTest, TooLongANameIsRefused) {
  ExpectRefused(std::string(300, 'x'), absl::StatusCode::kInvalidArgument,
                "CAPTURE_NAME_INVALID");
}

TEST_P(CaptureDirectoryTest, FileBeingWrittenIsInUse) {
  auto writer = directory_->OpenForWriting("file", "transmit_file");
  ASSERT_TRUE(writer.ok());
  ASSERT_EQ(::write(writer->fd.get(), "xy", 2), 2);
  ExpectRefused("file", absl::StatusCode::kFailedPrecondition,
                "CAPTURE_FILE_IN_USE");
  EXPECT_EQ(outside_.Read("captures/file"), "xy") << "emptied under its writer";
  *writer = {};
  EXPECT_TRUE(directory_->OpenForWriting("file", "transmit_file").ok());
}

TEST_P(CaptureDirectoryTest, FileBeingReadMayBeReadButNotWritten) {
  auto first = directory_->OpenForReading("file", "receive_file");
  auto second = directory_->OpenForReading("file", "receive_file");
  EXPECT_TRUE(first.ok());
  EXPECT_TRUE(second.ok());
  ExpectError(directory_->OpenForWriting("file", "transmit_file").status(),
              absl::StatusCode::kFailedPrecondition, "CAPTURE_FILE_IN_USE",
              "file");
  EXPECT_EQ(outside_.Read("captures/file"), "inside");
}

TEST_P(CaptureDirectoryTest, WithoutADirectoryCapturesAreDisabled) {
  directory_ = *CaptureDirectory::Open("", GetParam());
  ExpectRefused("file", absl::StatusCode::kFailedPrecondition,
                "CAPTURE_DIR_NOT_SET");
  const absl::Status status =
      directory_->OpenForReading("file", "receive_file").status();
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("receive_file is set, but this server has no capture "
                        "directory; start it with --capture_dir="));
}

TEST_P(CaptureDirectoryTest, DirectoryThatIsNoneIsRefused) {
  for (const std::string& path : {inside_ + "/missing", inside_ + "/file"}) {
    const absl::Status status =
        CaptureDirectory::Open(path, GetParam()).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    EXPECT_EQ(GetErrorInfo(status)->reason, "CAPTURE_DIR_UNUSABLE");
  }
}

TEST_P(CaptureDirectoryTest, UnprivilegedUserIsToldThatAccessIsDenied) {
  if (::geteuid() == 0) GTEST_SKIP() << "everything is open to root";
  std::filesystem::permissions(inside_ + "/file", std::filesystem::perms::none);
  ExpectRefused("file", absl::StatusCode::kFailedPrecondition,
                "CAPTURE_ACCESS_DENIED");
}

}  // namespace
}  // namespace netbuf
