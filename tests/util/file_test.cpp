// Whole files: what is read and written, and what is left alone.
#include "util/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "util/private_file.h"

namespace bmsd {
namespace {

namespace fs = std::filesystem;

class File : public testing::Test {
  protected:
    File() { fs::create_directories(folder); }
    ~File() override { fs::remove_all(folder); }

    std::string at(const char* name) const { return (folder / name).string(); }

    fs::path folder = fs::temp_directory_path() / ("bmsd-file-" + std::to_string(::getpid()));
};

TEST_F(File, LinksAreReplacedAndNotFollowed)
{
    ASSERT_TRUE(write_file(at("victim"), "mine"));
    fs::create_symlink(at("victim"), at("link"));
    fs::create_symlink(at("victim"), at("link.new"));
    ASSERT_TRUE(write_file(at("link"), "theirs"));
    EXPECT_EQ(read_file(at("victim")).value_or(""), "mine");
    EXPECT_EQ(read_file(at("link")).value_or(""), "theirs");
    EXPECT_FALSE(fs::is_symlink(at("link")));
}

TEST_F(File, SecretsAreTheirOwnersAlone)
{
    constexpr auto mine = fs::perms::owner_read | fs::perms::owner_write;
    const auto rights = [](const std::string& path) { return fs::status(path).permissions(); };
    fs::create_directory(at("usual"));
    ASSERT_TRUE(write_private_file(at("new/secret"), "x"));
    EXPECT_EQ(rights(at("new/secret")), mine);
    EXPECT_EQ(rights(at("new")), rights(at("usual"))) << "the folder is for all that comes there";
    ASSERT_TRUE(write_file(at("open"), "x"));
    ASSERT_TRUE(write_private_file(at("open"), "y"));
    EXPECT_EQ(rights(at("open")), mine);
    ASSERT_TRUE(write_file(at("usual/other"), "z"));
    EXPECT_NE(rights(at("usual/other")), mine) << "what is written afterwards has the usual rights";
}

TEST_F(File, WhatIsNoRegularFileIsRefused)
{
    ASSERT_EQ(::mkfifo(at("fifo").c_str(), 0600), 0);
    EXPECT_FALSE(write_file(at("fifo"), "x"));
    EXPECT_FALSE(write_file(folder.string(), "x"));
    EXPECT_EQ(read_regular_file(at("fifo"), 10).error(), at("fifo") + ": no regular file");
    EXPECT_FALSE(read_regular_file(folder.string(), 10));
    ASSERT_TRUE(write_file(at("long"), std::string(5000, 'x')));
    EXPECT_FALSE(read_regular_file(at("long"), 4096));
    EXPECT_EQ(read_regular_file(at("long"), 8192)->size(), 5000U);
}

}  // namespace
}  // namespace bmsd
