#pragma once
// The device vectors of tests/vectors/*.json.
#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "config/config.h"
#include "support/channels.h"

namespace bmsd::test {

struct Vector {
    std::string file;   // without .json
    std::size_t index;  // in the file
    std::string bms, transport, source;
    unsigned baud = 0;  // 0 = the type's own
    std::uint8_t address = 0;
    bool has_address = false;
    config::Config config;
    std::vector<std::pair<Bytes, Bytes>> exchanges{};
    boost::json::object expect{};
    bool rejects = false;

    void fill(ScriptChannel& channel) const
    {
        for (const auto& [request, response] : exchanges) channel.add(request, response);
    }
    std::string name() const { return file + "_" + std::to_string(index); }
};

/// Every case of the given transports whose BMS is in the catalogue.
std::vector<Vector> load_vectors(std::initializer_list<std::string_view> transports);

/// Empty when `reading` shows everything `expect` asks for; else what differs.
std::string difference(const boost::json::object& expect, const Reading& reading);

}  // namespace bmsd::test
