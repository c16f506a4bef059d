#include "fuzz/seeds.h"

#include <filesystem>
#include <fstream>

#include "fuzz/dialogue.h"
#include "support/vectors.h"

namespace bmsd::fuzz {
namespace {

/// The replies of a vector in the order in which the host asks for them.
Bytes replies_of(const bms::Entry& entry, const test::Vector& vector)
{
    test::ScriptChannel channel;
    vector.fill(channel);
    const bms::Line line = entry.lines.front();
    const auto protocol = entry.make({vector.config, vector.address.value_or(line.address), line.baud});
    Reading reading;
    if (test::run(protocol->identify(channel, reading))) (void)test::run(protocol->poll(channel, reading));

    test::ScriptChannel again;
    vector.fill(again);
    Bytes input = head_of({.address = static_cast<std::uint8_t>(vector.address.value_or(line.address) - line.address)});
    for (const Bytes& request : channel.requests) {
        const auto reply =
            test::run(again.transact({.request = request, .length = bms::exactly(4096), .partial = true}));
        input.push_back(reply ? whole : silent);
        if (reply) append(input, *reply);
    }
    return input;
}

}  // namespace

std::size_t write_seeds(const bms::Entry& entry, const std::string& folder)
{
    std::filesystem::create_directories(folder);
    std::size_t count = 0;
    const auto write = [&](const Bytes& input) {
        std::ofstream file(std::filesystem::path(folder) / ("seed" + std::to_string(count++)), std::ios::binary);
        file.write(reinterpret_cast<const char*>(input.data()), static_cast<std::streamsize>(input.size()));
    };
    write(record_replies(entry));
    write(record_requests(entry));
    for (const test::Vector& vector : test::load_vectors({"serial", "spi"}))
        if (bms::find(vector.bms) == &entry) write(replies_of(entry, vector));
    return count;
}

}  // namespace bmsd::fuzz
