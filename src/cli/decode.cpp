// bmsd decode: recorded dialogues through the real protocols.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <boost/json/object.hpp>
#include <cstdio>

#include "cli/commands.h"
#include "model/json.h"
#include "replay/dialogue.h"
#include "util/file.h"

namespace bmsd::cli {
namespace {

int fail(const std::string& why)
{
    std::fprintf(stderr, "bmsd: %s\n", why.c_str());
    return 1;
}

void print_json(std::size_t index, const Result<Reading>& reading)
{
    boost::json::object line{{"case", index}, {"ok", reading.has_value()}};
    if (reading) {
        line["reading"] = to_json(*reading);
    } else {
        line["reason"] = reading.error();
    }
    std::printf("%s\n", to_text(line).c_str());
}

void print_text(std::size_t index, const std::string& what, const Result<Reading>& reading)
{
    std::printf("case %zu: %s%s%s\n", index, what.c_str(),
                reading ? "" : ": refused: ", reading ? "" : reading.error().c_str());
    if (!reading) return;
    for (const auto& [name, value] : to_json(*reading)) {
        const auto text = value.is_string() ? std::string(value.get_string()) : to_text(value);
        std::printf("  %-24s %s\n", std::string(name).c_str(), text.c_str());
    }
}

/// What an advertisement suggests. Where rules overlap all they name is told.
void print_match(std::size_t index, const bms::ble::Advertisement& heard, bool as_json)
{
    const auto ids = bms::ble::matches(heard);
    const std::string all = fmt::format("{}", fmt::join(ids, ", "));
    if (!as_json) {
        std::printf("case %zu: %s %s: %s\n", index, heard.address.c_str(), heard.name.c_str(),
                    ids.empty() ? "no battery that is known" : all.c_str());
        return;
    }
    boost::json::object line{{"case", index}, {"match", nullptr}};
    if (!ids.empty()) line["match"] = all;
    std::printf("%s\n", to_text(line).c_str());
}

}  // namespace

int decode(const DecodeOptions& options)
{
    const auto text = read_file(options.file);
    if (!text) return fail(text.error());
    const auto dialogues = replay::read_dialogues(*text);
    if (!dialogues) return fail(options.file + ": " + dialogues.error());
    if (options.only_case && *options.only_case >= dialogues->size())
        return fail(options.file + ": it has " + std::to_string(dialogues->size()) + " cases, counted from 0");
    bool all = true;
    for (std::size_t i = 0; i < dialogues->size(); ++i) {
        if (options.only_case && i != *options.only_case) continue;
        const auto& dialogue = (*dialogues)[i];
        if (dialogue && dialogue->advertisement) {
            print_match(i, *dialogue->advertisement, options.json);
            continue;
        }
        const Result<Reading> reading = dialogue ? replay::play(*dialogue) : Failure(dialogue.error());
        all = all && reading;
        if (options.json)
            print_json(i, reading);
        else
            print_text(i, dialogue ? dialogue->bms : "", reading);
    }
    return all ? 0 : 1;
}

}  // namespace bmsd::cli
