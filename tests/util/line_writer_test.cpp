#include "util/line_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string>
#include <utility>

namespace bmsd {
namespace {

/// Two ends; what is written into [1] is read from [0].
struct Ends {
    int fd[2] = {-1, -1};
    ~Ends()
    {
        for (const int end : fd)
            if (end >= 0) ::close(end);
    }
    std::string read_all() const
    {
        ::fcntl(fd[0], F_SETFL, O_NONBLOCK);
        std::string all;
        char piece[65536];
        for (ssize_t count = 0; (count = ::read(fd[0], piece, sizeof piece)) > 0;)
            all.append(piece, static_cast<std::size_t>(count));
        return all;
    }
};

struct Pipe : Ends {
    Pipe()
    {
        EXPECT_EQ(::pipe(fd), 0);
        EXPECT_GE(::fcntl(fd[1], F_SETPIPE_SZ, 4096), 4096);
    }
};

std::string line(std::size_t number, std::size_t size = 100)
{
    std::string text = std::to_string(number);
    text.resize(size - 1, '.');
    return text + "\n";
}

/// What a reader who comes late gets of `count` lines, and what is told once he reads.
void fill_and_read(const Ends& ends, std::size_t count, std::size_t size)
{
    LineWriter writer(ends.fd[1]);
    for (std::size_t i = 0; i < count; ++i) writer.write(line(i, size));
    const auto lost = writer.lost();
    ASSERT_GT(lost, 0U);
    const std::string first = ends.read_all();
    writer.write("next\n");
    const std::string second = first + ends.read_all();
    std::string expected;
    for (std::size_t i = 0; i < count - lost; ++i) expected += line(i, size);
    expected += "WARNING:SerialBattery:" + std::to_string(lost) + " lines of the log are lost: nobody read it\nnext\n";
    EXPECT_EQ(second, expected);
    EXPECT_EQ(writer.lost(), 0U);
}

TEST(LineWriter, APipeNobodyReadsLosesWholeLinesAndTellsHowMany)
{
    fill_and_read(Pipe(), 100, 100);
}

TEST(LineWriter, ALineThatIsTakenInPartIsEndedBeforeTheNext)
{
    Ends ends;
    ASSERT_EQ(::pipe(ends.fd), 0);  // of 64 kB: more than a line at once
    fill_and_read(ends, 100, 9999);
}

TEST(LineWriter, ASocketToo)
{
    Ends ends;
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.fd), 0);
    fill_and_read(ends, 20000, 100);
}

TEST(LineWriter, APipeThatCannotBeOpenedAgainIsAskedFirst)
{
    Pipe pipe;
    ::signal(SIGPIPE, SIG_IGN);
    const int reader = std::exchange(pipe.fd[0], -1);
    ::close(reader);  // nobody reads: opening to write fails
    LineWriter writer(pipe.fd[1]);
    writer.write("lost\n");
    EXPECT_EQ(writer.lost(), 1U);
}

TEST(LineWriter, WhoSharesThePipeIsLeftAsHeWas)
{
    Pipe pipe;
    LineWriter writer(pipe.fd[1]);
    writer.write("one\n");
    EXPECT_EQ(::fcntl(pipe.fd[1], F_GETFL) & O_NONBLOCK, 0);
    EXPECT_EQ(pipe.read_all(), "one\n");
}

TEST(LineWriter, LinesOfAFileFollowThoseOfOthers)
{
    std::FILE* file = std::tmpfile();
    ASSERT_NE(file, nullptr);
    const int fd = ::fileno(file);
    LineWriter writer(fd);
    ASSERT_EQ(::write(fd, "theirs\n", 7), 7);
    writer.write("ours\n");
    ASSERT_EQ(::write(fd, "theirs\n", 7), 7);
    char text[100] = {};
    ASSERT_EQ(::pread(fd, text, sizeof text - 1, 0), 19);
    EXPECT_STREQ(text, "theirs\nours\ntheirs\n");
    std::fclose(file);
}

TEST(LineWriter, NoDescriptorAtAllIsNoFault)
{
    LineWriter writer(-1);
    writer.write("lost\n");
    EXPECT_EQ(writer.lost(), 1U);
}

}  // namespace
}  // namespace bmsd
