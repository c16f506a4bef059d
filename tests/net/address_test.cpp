// Addresses, URLs and what stands in them.
#include "net/address.h"

#include <gtest/gtest.h>

#include "net/gzip.h"
#include "net/http_client.h"

namespace bmsd::net {
namespace {

TEST(Address, PrivateOnesAreKnown)
{
    for (const char* text : {"127.0.0.1", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "169.254.1.1",
                             "::1", "fe80::1", "fd12::1", "fc00::1", "::ffff:192.168.1.1", "[::1]"})
        EXPECT_TRUE(is_private(*literal(text, 1))) << text;
    for (const char* text :
         {"8.8.8.8", "172.32.0.1", "172.15.0.1", "192.169.0.1", "2001:db8::1", "::ffff:8.8.8.8", "0.0.0.0", "::"})
        EXPECT_FALSE(is_private(*literal(text, 1))) << text;
    EXPECT_TRUE(is_local(*literal("127.8.0.1", 1)));
    EXPECT_TRUE(is_local(*literal("::ffff:127.0.0.1", 1)));
    EXPECT_FALSE(is_local(*literal("10.0.0.1", 1)));
    EXPECT_FALSE(literal("localhost", 1));
    EXPECT_FALSE(literal("1.2.3", 1));
    EXPECT_EQ(literal("::ffff:10.0.0.1", 1)->text(), "10.0.0.1");
}

TEST(Address, HostsWithAndWithoutPorts)
{
    EXPECT_EQ(split_host_port("a.b:80")->port, 80);
    EXPECT_EQ(split_host_port("[::1]:81")->host, "::1");
    EXPECT_FALSE(split_host_port("[::1]")->port);
    for (const char* wrong : {"a:", "a:x", "a:65536", "a:1x", "[::1", "[x]:1", "[::1]1", "::1"})
        EXPECT_FALSE(split_host_port(wrong)) << wrong;
}

TEST(Url, Parts)
{
    const auto url = parse_url("https://influx.local:8443/a/b?c=d");
    ASSERT_TRUE(url);
    EXPECT_TRUE(url->tls);
    EXPECT_EQ(url->host, "influx.local");
    EXPECT_EQ(url->port, 8443);
    EXPECT_EQ(url->path, "/a/b?c=d");
    EXPECT_EQ(url->authority(), "influx.local:8443");
    EXPECT_EQ(parse_url("http://[::1]")->authority(), "[::1]");
    EXPECT_EQ(parse_url("https://x")->port, 443);
    for (const char* wrong : {"", "x", "ftp://x", "http://", "http://a b", "http://user:secret@x", "http://x:0",
                              "http://x/#y", "http://x\r\n"})
        EXPECT_FALSE(parse_url(wrong)) << wrong;
    EXPECT_EQ(parse_url("http://user:secret@x").error().find("secret"), std::string::npos);
}

TEST(Text, Encodings)
{
    EXPECT_EQ(percent_encoded("a b/ü&"), "a%20b%2F%C3%BC%26");
    EXPECT_EQ(base64(""), "");
    EXPECT_EQ(base64("f"), "Zg==");
    EXPECT_EQ(base64("fo"), "Zm8=");
    EXPECT_EQ(base64("foo"), "Zm9v");
    EXPECT_EQ(base64("user:pass\xFF"), "dXNlcjpwYXNz/w==");
}

TEST(Gzip, ThereAndBack)
{
    const std::string text(10000, 'x');
    const auto packed = gzip(text);
    if (!packed) GTEST_SKIP() << "*** built without zlib";
    EXPECT_LT(packed->size(), 200U);
    EXPECT_EQ(gunzip(*packed, 10000), text);
    EXPECT_FALSE(gunzip(*packed, 9999));
    EXPECT_FALSE(gunzip("no gzip", 100));
    EXPECT_EQ(gunzip(*gzip(""), 10), "");
}

}  // namespace
}  // namespace bmsd::net
