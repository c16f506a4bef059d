// libFuzzer over one entry of the catalogue.
//   fuzz_bms --list                        the names
//   fuzz_bms --bms=NAME --seeds=FOLDER     writes the first corpus
//   fuzz_bms --bms=NAME [libFuzzer's own]  fuzzes, or runs the inputs given
#include <cstdio>
#include <cstdlib>

#include "fuzz/dialogue.h"
#include "fuzz/seeds.h"

namespace {

const bmsd::bms::Entry* entry = nullptr;

int usage(const char* text)
{
    std::fprintf(stderr, "fuzz_bms: %s\n", text);
    return 2;
}

int list()
{
    for (const auto* each : bmsd::bms::catalogue()) std::printf("%s\n", std::string(each->name).c_str());
    return 0;
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments)
{
    int kept = 1;
    std::string seeds;
    for (int i = 1; i < *count; ++i) {
        const std::string_view argument = (*arguments)[i];
        if (argument == "--list") std::exit(list());
        if (argument.starts_with("--bms=")) {
            entry = bmsd::bms::find(argument.substr(6));
            if (entry == nullptr) std::exit(usage("no such type"));
        } else if (argument.starts_with("--seeds=")) {
            seeds = argument.substr(8);
        } else {
            (*arguments)[kept++] = (*arguments)[i];
        }
    }
    *count = kept;
    if (entry == nullptr) std::exit(usage("--bms=NAME is missing; --list shows the names"));
    if (!seeds.empty()) {
        std::printf("%zu seeds\n", bmsd::fuzz::write_seeds(*entry, seeds));
        std::exit(0);
    }
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    bmsd::fuzz::run(*entry, bmsd::ByteView(data, size));
    return 0;
}
