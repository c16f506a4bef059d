// The MQTT link against a real broker, and against servers that are none.
#include "link/mqtt/client.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>

#include "link/mqtt/outbox.h"
#include "support/broker.h"

namespace bmsd::link::mqtt {
namespace {

using namespace std::chrono_literals;

class MqttLink : public testing::Test {
  protected:
    void SetUp() override
    {
        if (!available()) GTEST_SKIP() << "this build has no MQTT";
    }
    ~MqttLink() override { std::filesystem::remove_all(folder); }

    std::unique_ptr<test::MqttBroker> start_broker(test::MqttBroker::Kind kind = {}) const
    {
        return std::make_unique<test::MqttBroker>(folder, kind);
    }
    static Options options(std::uint16_t port, const std::string& id = "test")
    {
        Options made;
        made.broker.host = "localhost";
        made.broker.port = port;
        made.id = id;
        made.again = {100ms};
        return made;
    }
    std::unique_ptr<Client> client(Options made)
    {
        auto one = make_client(loop, std::move(made));
        one->start();
        return one;
    }
    bool until(const std::function<bool()>& done, Duration longest = 20s)
    {
        const Instant end = loop.now() + longest;
        while (!done() && loop.now() < end) loop.run_for(10ms);
        return done();
    }

    const std::string folder =
        (std::filesystem::temp_directory_path() / ("bmsd-mqtt-" + std::to_string(::getpid()))).string();
    RealLoop loop;
};

struct Heard {
    std::vector<std::string> texts;
    int retained = 0;
    Client::Receive in()
    {
        return [this](const Incoming& message) {
            texts.push_back(std::string(message.topic) + "=" + std::string(message.payload));
            retained += message.retained ? 1 : 0;
        };
    }
};

TEST_F(MqttLink, BothWaysAndAgainAfterTheBrokerWasKilled)
{
    auto broker = start_broker();
    Heard heard;
    auto reader = client(options(broker->port(), "reader"));
    reader->subscribe("a/b", heard.in());
    auto writer = client(options(broker->port(), "writer"));
    writer->publish({"a/b", "before it was connected"});
    writer->publish({"a/kept", "old", true, true});
    writer->publish({"a/kept", "new", true, true});
    ASSERT_TRUE(until([&] { return reader->status().connected && writer->status().connected; }));
    EXPECT_EQ(reader->status().protocol, 5U);
    writer->publish({"a/b", "x"});
    writer->publish({"a/other", "y"});
    ASSERT_TRUE(until([&] { return !heard.texts.empty() && heard.texts.back() == "a/b=x"; }));
    EXPECT_EQ(heard.retained, 0);
    Heard kept;
    reader->subscribe("a/kept", kept.in());
    ASSERT_TRUE(until([&] { return !kept.texts.empty(); }));
    EXPECT_EQ(kept.texts, std::vector<std::string>{"a/kept=new"});
    EXPECT_EQ(kept.retained, 1);

    broker->kill();
    ASSERT_TRUE(until([&] { return !reader->status().connected && !writer->status().connected; }));
    EXPECT_FALSE(reader->status().problem.empty());
    broker->start();
    ASSERT_TRUE(until([&] { return reader->status().connected && writer->status().connected; }));
    EXPECT_EQ(reader->status().connects, 2U);
    loop.run_for(100ms);  // the subscription reaches the broker
    writer->publish({"a/b", "again"});
    EXPECT_TRUE(until([&] { return heard.texts.back() == "a/b=again"; }));
}

TEST_F(MqttLink, TlsWithAPrivateAuthority)
{
    auto broker = start_broker({.tls = true});
    Options good = options(broker->port(), "good");
    good.broker.tls = true;
    good.broker.ca_file = broker->ca_file();
    Heard heard;
    auto one = client(good);
    one->subscribe("t", heard.in());
    ASSERT_TRUE(until([&] { return one->status().connected; })) << one->status().problem;
    one->publish({"t", "x"});
    EXPECT_TRUE(until([&] { return heard.texts == std::vector<std::string>{"t=x"}; }));

    Options stranger = good;
    stranger.id = "stranger";
    stranger.broker.ca_file.clear();  // the system's authorities did not sign it
    auto two = client(stranger);
    Options other_name = good;
    other_name.id = "other";
    other_name.broker.host = "127.0.0.1";  // the certificate is for localhost
    auto three = client(other_name);
    other_name.id = "any";
    other_name.broker.any_host_name = true;
    auto four = client(other_name);
    Options no_file = good;
    no_file.id = "none";
    no_file.broker.ca_file = "/nonexistent.crt";
    auto five = client(no_file);
    EXPECT_TRUE(until([&] { return four->status().connected; })) << four->status().problem;
    EXPECT_TRUE(until([&] { return !two->status().problem.empty() && !three->status().problem.empty(); }));
    loop.run_for(500ms);
    EXPECT_FALSE(two->status().connected);
    EXPECT_FALSE(three->status().connected);
    EXPECT_NE(two->status().problem.find("TLS"), std::string::npos) << two->status().problem;
    EXPECT_NE(five->status().problem.find("/nonexistent.crt"), std::string::npos) << five->status().problem;
}

TEST_F(MqttLink, AWrongPasswordIsToldAndARightOneWorks)
{
    auto broker = start_broker({.password = true});
    Options wrong = options(broker->port(), "wrong");
    wrong.broker.user = "bmsd", wrong.broker.password = "guess";
    auto one = client(wrong);
    wrong.id = "right", wrong.broker.password = "secret";
    auto two = client(wrong);
    EXPECT_TRUE(until([&] { return two->status().connected && !one->status().problem.empty(); }));
    EXPECT_NE(one->status().problem.find("refuses"), std::string::npos) << one->status().problem;
    EXPECT_EQ(one->status().problem.find("guess"), std::string::npos);
    EXPECT_FALSE(one->status().connected);
}

TEST_F(MqttLink, AMessageThatIsTooLongIsCountedAndTheNextOneRead)
{
    auto broker = start_broker();
    Heard heard;
    auto one = client(options(broker->port()));
    one->subscribe("t", heard.in());
    ASSERT_TRUE(until([&] { return one->status().connected; }));
    one->publish({"t", std::string(100'000, 'x')});
    one->publish({"t", "short"});
    EXPECT_TRUE(until([&] { return heard.texts == std::vector<std::string>{"t=short"}; }));
    EXPECT_EQ(one->status().too_long, 1U);
}

/// A port that listens; what it says is up to the test.
class Listener {
  public:
    Listener()
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        ::bind(fd_, reinterpret_cast<const sockaddr*>(&address), size);
        ::listen(fd_, 16);
        ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
    }
    ~Listener() { ::close(fd_); }
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    int fd() const { return fd_; }
    std::uint16_t port() const { return port_; }

  private:
    int fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    std::uint16_t port_ = 0;
};

TEST_F(MqttLink, WhoDoesNotAnswerIsLeftAndTheLoopNeverWaits)
{
    const Listener silent;
    Options made = options(silent.port());
    made.patience = 300ms;
    auto one = client(made);
    Options nobody = options(1, "nobody");
    auto two = client(nobody);
    Options unknown = options(1883, "unknown");
    unknown.broker.host = "no-such-host.invalid";
    auto three = client(unknown);
    Duration longest{};
    Instant last = loop.now();
    const bool told = until([&] {
        longest = std::max(longest, loop.now() - last);
        last = loop.now();
        return !one->status().problem.empty() && !two->status().problem.empty() && !three->status().problem.empty();
    });
    EXPECT_TRUE(told);
    EXPECT_LT(longest, 1s) << "a blocked name lookup takes 5 s and more";
    EXPECT_EQ(one->status().problem, "the broker does not answer");
    EXPECT_FALSE(two->status().connected);
}

TEST_F(MqttLink, AnOldBrokerIsSpokenToInTheOldWay)
{
    const Listener listener;
    int connection = -1;
    std::vector<int> versions;
    Wait reading;
    const Wait accepting = loop.watch(listener.fd(), Ready::read, [&] {
        connection = ::accept(listener.fd(), nullptr, nullptr);
        reading = loop.watch(connection, Ready::read, [&] {
            char bytes[256]{};
            const auto size = ::recv(connection, bytes, sizeof bytes, MSG_DONTWAIT);
            if (size > 8 && bytes[0] == 0x10) {
                versions.push_back(bytes[8]);
                const char answer[]{0x20, 2, 0, static_cast<char>(bytes[8] == 5 ? 1 : 0)};
                ::send(connection, answer, sizeof answer, MSG_NOSIGNAL);
            } else if (size <= 0) {
                reading.reset();
                ::close(connection);
            }
        });
    });
    auto one = client(options(listener.port()));
    EXPECT_TRUE(until([&] { return one->status().connected; })) << one->status().problem;
    EXPECT_EQ(versions, (std::vector<int>{5, 4}));
    EXPECT_EQ(one->status().protocol, 4U);
}

TEST_F(MqttLink, MayEndAtAnyTime)
{
    auto broker = start_broker();
    for (const auto wait : {0ms, 1ms, 3ms, 10ms, 50ms}) {
        auto one = client(options(broker->port()));
        one->publish({"t", "x", true});
        loop.run_for(wait);
    }
    loop.run_for(200ms);
}

TEST(MqttOutbox, KeepsTheNewestStateAndIsBounded)
{
    Outbox box(3, 100);
    EXPECT_EQ(box.put({"s", "1", true, true}), 0U);
    EXPECT_EQ(box.put({"e", "1"}), 0U);
    EXPECT_EQ(box.put({"s", "2", true, true}), 0U);
    EXPECT_EQ(box.put({"e", "2"}), 0U);
    EXPECT_EQ(box.put({"e", "3"}), 1U);
    EXPECT_EQ(box.take().payload, "1");
    EXPECT_EQ(box.put({"big", std::string(97, 'x')}), 2U);
    EXPECT_EQ(box.take().topic, "big");
    EXPECT_TRUE(box.empty());
    EXPECT_EQ(box.put({"too big", std::string(200, 'x')}), 1U);
    EXPECT_TRUE(box.empty());
}

}  // namespace
}  // namespace bmsd::link::mqtt
