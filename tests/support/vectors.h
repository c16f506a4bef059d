#pragma once
// The device vectors of tests/vectors/*.json and tests/vectors/ble.
#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "replay/dialogue.h"
#include "support/channels.h"

namespace bmsd::test {

/// A case of a file, as `bmsd decode` reads it.
struct Vector : replay::Dialogue {
    std::string file;       // without .json; `ble_` before those of the folder ble
    std::size_t index = 0;  // in the file

    void fill(ScriptChannel& channel) const
    {
        for (const auto& [request, response] : exchanges) channel.add(request, response);
    }
    std::string name() const { return file + "_" + std::to_string(index); }
};

/// Every case of the given transports whose BMS is in the catalogue.
std::vector<Vector> load_vectors(std::initializer_list<std::string_view> transports);

std::vector<Vector> load_advertisements();

/// Empty when `reading` shows everything `expect` asks for; else what differs.
std::string difference(const boost::json::object& expect, const Reading& reading);

}  // namespace bmsd::test
