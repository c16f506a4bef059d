// bmsd inverter: the frames of a profile for given values, and recorded frames read back.
#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <cstdio>

#include "cli/commands.h"
#include "cli/usage.h"
#include "config/text.h"
#include "inverter/profile.h"
#include "model/json.h"
#include "replay/candump.h"
#include "util/file.h"

namespace bmsd::cli {
namespace {

using inverter::Profile;
using inverter::Values;

int fail(const std::string& why, int code = 1)
{
    std::fprintf(stderr, "bmsd: %s\n", why.c_str());
    return code;
}

int unknown_profile(const std::string& name)
{
    std::vector<std::string_view> names;
    for (const Profile& one : inverter::profiles()) names.push_back(one.name);
    return fail(fmt::format("{}: no such profile; the nearest is {}. bmsd inverter lists them", name,
                            config::nearest(name, names)),
                usage_failure);
}

int list_profiles()
{
    for (const Profile& one : inverter::profiles())
        std::printf("%-15s %s\n", std::string(one.name).c_str(), std::string(one.for_whom).c_str());
    return 0;
}

Result<Values> read_values(const std::string& file)
{
    const auto text = read_file(file);
    if (!text) return Failure(text.error());
    boost::system::error_code error;
    const auto parsed = boost::json::parse(*text, error);
    if (error) return Failure(file + ": " + error.message());
    if (!parsed.is_object()) return Failure(file + ": not a JSON object");
    std::string unknown;
    auto values = inverter::values_of(parsed.get_object(), unknown);
    if (!values) return Failure(file + ": " + values.error());
    if (!unknown.empty()) std::fprintf(stderr, "bmsd: %s: not known, so not told: %s\n", file.c_str(), unknown.c_str());
    return values;
}

std::string upper_hex(ByteView bytes, std::string_view between)
{
    std::string text;
    for (const std::uint8_t byte : bytes) text += fmt::format("{}{:02X}", text.empty() ? "" : between, byte);
    return text;
}

int print_frames(const Profile& profile, const InverterOptions& options)
{
    const auto values = read_values(options.snapshot);
    if (!values) return fail(values.error());
    for (const CanFrame& frame : frames_of(profile, *values)) {
        if (options.json) {
            std::printf("{\"id\": \"0x%03X\", \"data\": \"%s\"}\n", frame.id.value,
                        upper_hex(frame.bytes(), "").c_str());
        } else {
            std::printf("0x%03X  %s  %s\n", frame.id.value, upper_hex(frame.bytes(), " ").c_str(),
                        meaning(profile, frame).c_str());
        }
    }
    return 0;
}

int print_values(const Profile& profile, const InverterOptions& options)
{
    const auto text = read_file(options.file);
    if (!text) return fail(text.error());
    Values values;
    std::size_t frames = 0, others = 0;
    for (std::size_t begin = 0; begin < text->size();) {
        const auto end = std::min(text->find('\n', begin), text->size());
        if (const auto frame = replay::candump_frame(std::string_view(*text).substr(begin, end - begin)))
            ++(decode(profile, *frame, values) ? frames : others);
        begin = end + 1;
    }
    if (frames == 0) return fail(fmt::format("{}: no frame of {} ({} others)", options.file, profile.name, others));
    const auto object = inverter::to_json(values);
    if (options.json) {
        std::printf("%s\n", to_text(object).c_str());
        return 0;
    }
    std::printf("%zu frames of %s, %zu others\n", frames, std::string(profile.name).c_str(), others);
    for (const auto& [name, value] : object)
        std::printf("%-22s %s\n", std::string(name).c_str(), to_text(value).c_str());
    return 0;
}

}  // namespace

int inverter(const InverterOptions& options)
{
    const std::string& name = options.decode.empty() ? options.profile : options.decode;
    if (name.empty())
        return options.file.empty() ? list_profiles() : fail("--decode P says how to read it", usage_failure);
    const Profile* profile = inverter::profile(name);
    if (profile == nullptr) return unknown_profile(name);
    if (options.decode.empty()) return print_frames(*profile, options);
    if (options.file.empty()) return fail("--decode needs the file to read", usage_failure);
    return print_values(*profile, options);
}

}  // namespace bmsd::cli
