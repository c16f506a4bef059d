#include "bms/language/advert.h"

#include <algorithm>

namespace bmsd::bms::ble {
namespace {

/// All that is named must hold.
struct Rule {
    std::string_view id;
    std::string_view name = {};     // shell pattern over the whole name; empty: any
    std::string_view service = {};  // is advertised
    int maker = -1;                 // has data
    std::string_view starts = {};   // these data begin so, hexadecimal
    std::string_view oui = {};      // the address begins so
};

// clang-format off
constexpr Rule rules[]{
    {.id = "abc", .name = "ABC-*", .service = "fff0"},
    {.id = "abc", .name = "SOK-*", .service = "fff0"},
    {.id = "abc", .name = "NB-*", .service = "fff0"},
    {.id = "abc", .name = "Hoover", .service = "fff0"},
    {.id = "ag", .name = "AG???L*", .maker = 21320},
    {.id = "ant", .name = "ANT?BLE[23]*", .service = "ffe0"},
    {.id = "ant_leg", .name = "ANT-BLE[01]*", .service = "ffe0"},
    {.id = "braunpwr", .name = "HSKS-*", .service = "ff00", .maker = 123},
    {.id = "braunpwr", .name = "BL-*", .service = "ff00", .maker = 123},
    {.id = "buknuwo", .name = "CDZG*"},
    {.id = "cbtpwr", .service = "ffe5"},
    {.id = "cbtpwr", .name = "???[CR]??????", .service = "fff0"},
    {.id = "cbtpwr", .service = "03c1", .maker = 21330},
    {.id = "cbtpwr_vb", .name = "VB?????????", .service = "fff0"},
    {.id = "daly", .name = "DL-*", .service = "fff0"},
    {.id = "daly", .maker = 258},
    {.id = "daly", .maker = 260},
    {.id = "daly", .maker = 770},
    {.id = "daly", .maker = 771},
    {.id = "daly", .maker = 1026},
    {.id = "dpwrcore", .name = "DXB-*", .service = "fff0"},
    {.id = "dpwrcore", .name = "TBA-*", .service = "fff0"},
    {.id = "ecoworthy", .name = "ECO-WORTHY 02_*"},
    {.id = "ecoworthy", .name = "DCHOUSE*", .service = "fff0"},
    {.id = "ecoworthy", .name = "ECO-WORTHY*", .service = "fff0"},
    {.id = "eg4", .service = "1000", .maker = 28544, .starts = "b0"},
    {.id = "eg4", .maker = 17868, .starts = "a5"},
    {.id = "ej", .name = "L-12V???AH-*"},
    {.id = "ej", .name = "LT-12V-*"},
    {.id = "ej", .name = "V-12V???Ah-*"},
    {.id = "ej", .name = "libatt*", .maker = 21320},
    {.id = "ej", .name = "SV12V*", .maker = 33384},
    {.id = "ej", .name = "LT-12???BG-A0[0-6]*", .maker = 33384},
    {.id = "ej", .name = "LT-12???BG-A0[0-6]*", .maker = 22618},
    {.id = "ej", .name = "LT-24???B-A00[0-2]*", .maker = 22618},
    {.id = "ej", .name = "G-[0-9]*V[0-9]*Ah-[0-9]*"},
    {.id = "eleksol", .service = "ff06", .oui = "A4:C1:37"},
    {.id = "eleksol", .service = "ff06", .oui = "A4:C1:38"},
    {.id = "eleksol", .service = "ff06", .oui = "A5:C2:37"},
    {.id = "eleksol", .service = "ff06", .oui = "A5:C2:39"},
    {.id = "eleksol", .service = "ff06", .oui = "AA:C2:37"},
    {.id = "felicity", .name = "F07*"},
    {.id = "felicity", .name = "F10*"},
    {.id = "gobel", .name = "BMS-[0-9A-F]*"},
    {.id = "greenway", .service = "fff0", .oui = "C4:A9:B8"},
    {.id = "humsienk", .name = "HS*", .service = "0001"},
    {.id = "humsienk", .name = "ECO????", .service = "0001"},
    {.id = "jbd", .name = "DWF*", .service = "ff00"},
    {.id = "jbd", .name = "JBD-*", .service = "ff00"},
    {.id = "jbd", .name = "LSG-*", .service = "ff00"},
    {.id = "jbd", .name = "N-?????BL*", .service = "ff00"},
    {.id = "jbd", .name = "SX1*", .service = "ff00"},
    {.id = "jbd", .name = "SX60*", .service = "ff00"},
    {.id = "jbd", .name = "SBL-*", .service = "ff00"},
    {.id = "jbd", .name = "OGR-*", .service = "ff00"},
    {.id = "jbd", .name = "TZ-H*", .service = "ff00"},
    {.id = "jbd", .service = "ff00", .oui = "10:A5:62"},
    {.id = "jbd", .service = "ff00", .oui = "A4:C1:37"},
    {.id = "jbd", .service = "ff00", .oui = "A4:C1:38"},
    {.id = "jbd", .service = "ff00", .oui = "A5:C2:37"},
    {.id = "jbd", .service = "ff00", .oui = "A5:C2:39"},
    {.id = "jbd", .service = "ff00", .oui = "A5:C2:3A"},
    {.id = "jbd", .service = "ff00", .oui = "AA:C2:37"},
    {.id = "jbd", .service = "ff00", .oui = "70:3E:97"},
    {.id = "jikong", .service = "ffe0", .maker = 2917},
    {.id = "jikong", .service = "ffe0", .maker = 19274},
    {.id = "lipower", .service = "af30"},
    {.id = "lithionics", .name = "Li[0-9]-*", .service = "ffe0", .maker = 19784},
    {.id = "myvolta", .name = "VPS-*", .service = "00035b03-58e6-07dd-021a-08123a000300"},
    {.id = "neey", .name = "EK-*", .service = "fee7"},
    {.id = "neey", .name = "GW-*", .service = "fee7"},
    {.id = "ogt", .name = "SmartBat-[AB]*", .service = "fff0"},
    {.id = "pace", .name = "PC-????"},
    {.id = "pro", .name = "Pro BMS", .service = "fff0"},
    {.id = "pylontech", .name = "RT[1-4][2468]*", .service = "180f"},
    {.id = "redodo", .name = "P-12*", .service = "ffe0", .maker = 22618},
    {.id = "redodo", .name = "P-24*", .service = "ffe0", .maker = 22618},
    {.id = "redodo", .name = "PQ-12*", .service = "ffe0", .maker = 22618},
    {.id = "redodo", .name = "PQ-24*", .service = "ffe0", .maker = 22618},
    {.id = "redodo", .name = "R-12*", .service = "ffe0", .maker = 22618},
    {.id = "redodo", .name = "R-24*", .service = "ffe0", .maker = 22618},
    {.id = "redodo", .name = "RO-12*", .service = "ffe0", .maker = 22618},
    {.id = "redodo", .name = "RO-24*", .service = "ffe0", .maker = 22618},
    {.id = "redodo", .name = "L-12*", .service = "ffe0", .maker = 22618},
    {.id = "redodo", .name = "L-24*", .service = "ffe0", .maker = 22618},
    {.id = "redodo", .name = "L-51*", .service = "ffe0", .maker = 22618},
    {.id = "redodo", .name = "LT-12???BG-A0[7-9]*", .service = "ffe0", .maker = 22618},
    {.id = "redodo", .name = "LT-24???B-A00[3-9]*", .service = "ffe0", .maker = 22618},
    {.id = "redodo", .name = "LT-24???B-A0[1-9]*", .service = "ffe0", .maker = 22618},
    {.id = "redodo", .name = "LT-24???B-A[1-9]*", .service = "ffe0", .maker = 22618},
    {.id = "redodo", .name = "LT-51*", .service = "ffe0", .maker = 22618},
    {.id = "redodo", .name = "S-*", .service = "ffe0", .maker = 22618},
    {.id = "redodo", .name = "SS-*", .service = "ffe0", .maker = 22618},
    {.id = "renogy", .name = "BT-TH-*", .service = "ffd0"},
    {.id = "renogy_pro", .name = "RNGRBP*", .maker = 57676},
    {.id = "renogy_pro", .name = "RNGC*", .maker = 57676},
    {.id = "roypow", .name = " [BS]12*", .service = "ffe0"},
    {.id = "roypow", .name = " [BS]24*", .service = "ffe0"},
    {.id = "roypow", .name = " UT*", .service = "ffe0"},
    {.id = "saihang", .name = "SH*", .service = "fffa"},
    {.id = "seplos", .name = "SP??B*", .service = "fff0"},
    {.id = "seplos", .name = "XZHX*", .service = "fff0"},
    {.id = "seplos", .name = "CSY*", .service = "fff0"},
    {.id = "seplos", .name = "SP1??B*", .service = "fff0"},
    {.id = "seplos_v2", .name = "BP0?", .service = "ff00"},
    {.id = "seplos_v2", .name = "BP1?", .service = "ff00"},
    {.id = "seplos_v2", .name = "BP2?", .service = "ff00"},
    {.id = "superb", .name = "Epsilon-*"},
    {.id = "superb_v2", .name = "Epsilon*", .maker = 20670, .starts = "457073696c6f6e205632"},
    {.id = "tdt", .maker = 54976},
    {.id = "tianpwr", .name = "TP_*"},
    {.id = "topband", .service = "ffe0", .maker = 0},
    {.id = "topband", .service = "ffe0", .maker = 65535},
    {.id = "vatrer", .name = "[2-9]???[0-3]?512??00??", .service = "6e400001-b5a3-f393-e0a9-e50e24dcca9e"},
    {.id = "ws_nova", .service = "fff0", .oui = "60:6E:41"},
    {.id = "ws_nova", .service = "fff0", .oui = "10:23:81"},
};
// clang-format on

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Whether `c` is in the set that begins behind `[`; `set` moves behind its `]`.
bool in_set(std::string_view& set, char c)
{
    bool in = false;
    while (!set.empty() && set.front() != ']') {
        const bool range = set.size() > 2 && set[1] == '-' && set[2] != ']';
        in = in || (range ? c >= set[0] && c <= set[2] : c == set[0]);
        set.remove_prefix(range ? 3 : 1);
    }
    if (!set.empty()) set.remove_prefix(1);
    return in;
}

/// `*` any run, `?` one character, `[23]` and `[0-9]` one of a set; the whole name, case-sensitive.
bool fits_pattern(std::string_view pattern, std::string_view name)
{
    while (!pattern.empty()) {
        const char first = pattern.front();
        pattern.remove_prefix(1);
        if (first == '*') {
            for (std::size_t skipped = 0; skipped <= name.size(); ++skipped)
                if (fits_pattern(pattern, name.substr(skipped))) return true;
            return false;
        }
        if (name.empty()) return false;
        const bool fits = first == '?' || (first == '[' ? in_set(pattern, name.front()) : first == name.front());
        if (!fits) return false;
        name.remove_prefix(1);
    }
    return name.empty();
}

bool fits_maker(const Rule& rule, const Advertisement& heard)
{
    if (rule.maker < 0) return true;
    const auto data = heard.maker_data.find(static_cast<std::uint16_t>(rule.maker));
    return data != heard.maker_data.end() && to_hex(data->second).starts_with(rule.starts);
}

bool fits(const Rule& rule, const Advertisement& heard)
{
    const auto same = [](char a, char b) { return lower(a) == lower(b); };
    if (!rule.name.empty() && !fits_pattern(rule.name, heard.name)) return false;
    if (!rule.oui.empty() && (heard.address.size() < rule.oui.size() ||
                              !std::equal(rule.oui.begin(), rule.oui.end(), heard.address.begin(), same)))
        return false;
    if (!rule.service.empty() &&
        std::none_of(heard.services.begin(), heard.services.end(),
                     [&](const std::string& one) { return whole_uuid(one) == whole_uuid(rule.service); }))
        return false;
    return fits_maker(rule, heard);
}

}  // namespace

std::vector<std::string_view> matches(const Advertisement& advertisement)
{
    std::vector<std::string_view> ids;
    for (const Rule& rule : rules)
        if (fits(rule, advertisement) && std::find(ids.begin(), ids.end(), rule.id) == ids.end())
            ids.push_back(rule.id);
    return ids;
}

std::string whole_uuid(std::string_view uuid)
{
    std::string whole =
        uuid.size() == 4 ? "0000" + std::string(uuid) + "-0000-1000-8000-00805f9b34fb" : std::string(uuid);
    std::transform(whole.begin(), whole.end(), whole.begin(), lower);
    return whole;
}

}  // namespace bmsd::bms::ble
