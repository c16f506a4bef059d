#include "cli/network_facts.h"

#include <array>
#include <charconv>

#include "daemon/network.h"
#include "net/stream.h"
#include "util/within.h"
#include "web/server.h"

namespace bmsd::cli {
namespace {

constexpr Duration patience = std::chrono::seconds(2);
constexpr std::size_t longest_page = 1 << 20;

Task<Result<std::string>> fetch(Loop& loop, std::string host, std::uint16_t port)
{
    auto stream = co_await must(net::Stream::connect(loop, host, port, nullptr));
    co_await must(stream.write("GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
    std::string page;
    std::array<char, 4096> buffer{};
    while (page.size() < longest_page) {
        const auto got = co_await must(stream.read(buffer.data(), buffer.size()));
        if (got == 0) break;
        page.append(buffer.data(), got);
    }
    co_return page;
}

Task<void> into(Task<Result<std::string>> task, std::optional<Result<std::string>>& result)
{
    result.emplace(co_await std::move(task));
}

}  // namespace

NetworkFacts look_at_network(RealLoop& loop, const config::Config& config)
{
    NetworkFacts facts{daemon::web_address(config), {}, {}};
    if (facts.address.empty()) return facts;
    const auto address = web::parse_listen(facts.address);
    if (!address) {
        facts.problem = address.error();
        return facts;
    }
    std::string host = address->text();
    if (host == "0.0.0.0" || host == "::") host = "127.0.0.1";
    std::optional<Result<std::string>> page;
    auto task = into(within(loop, patience, fetch(loop, host, address->port()), "no answer"), page);
    task.start();
    const Instant end = loop.now() + 2 * patience;
    while (!page && loop.now() < end) loop.run_for(std::chrono::milliseconds(20));
    if (!page || !*page)
        facts.problem = page ? page->error() : "no answer";
    else if (!(*page)->starts_with("HTTP/1.1 200"))
        facts.problem = "it answers \"" + (*page)->substr(0, (*page)->find('\r')) + "\"";
    else
        facts.metrics = std::move(**page);
    return facts;
}

std::optional<double> metric(std::string_view page, std::string_view name)
{
    const std::string line = "\n" + std::string(name) + " ";
    const auto at = page.find(line);
    if (at == std::string_view::npos) return std::nullopt;
    const auto text = page.substr(at + line.size());
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} ? std::optional(value) : std::nullopt;
}

}  // namespace bmsd::cli
