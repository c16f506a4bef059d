#include "nonsense.h"

#include <limits>

#include "model/fields.h"

namespace bmsd::sim {
namespace {

Number odd(Random& random)
{
    if (random.chance(0.3)) return std::nullopt;
    return odd_number(random);
}

Count odd_count(Random& random)
{
    constexpr std::int64_t counts[]{0, -1, 1, 3, 15, 16, 17, 64, 65, 1000000000, INT64_MAX, INT64_MIN};
    if (random.chance(0.2)) return std::nullopt;
    return counts[random.index(std::size(counts))];
}

template <class List>
void spoil_list(Random& random, List& list)
{
    if (random.chance(0.1)) list.resize(random.index(max_cells + 1));
    if (list.empty()) return;
    auto& element = list[random.index(list.size())];
    if constexpr (std::is_same_v<List, Cells>) {
        element = odd(random);
    } else {
        element = random.chance(0.5) ? Flag() : Flag(random.chance(0.5));
    }
}

struct Spoiler {
    Random& random;
    Telemetry& telemetry;

    void operator()(Number Telemetry::*member) const { telemetry.*member = odd(random); }
    void operator()(Count Telemetry::*member) const { telemetry.*member = odd_count(random); }
    void operator()(Flag Telemetry::*member) const
    {
        telemetry.*member = random.chance(0.3) ? Flag() : Flag(random.chance(0.5));
    }
    void operator()(Cells Telemetry::*member) const { spoil_list(random, telemetry.*member); }
    void operator()(CellFlags Telemetry::*member) const { spoil_list(random, telemetry.*member); }
};

}  // namespace

double odd_number(Random& random)
{
    using Limits = std::numeric_limits<double>;
    constexpr double numbers[]{Limits::quiet_NaN(),
                               Limits::infinity(),
                               -Limits::infinity(),
                               Limits::max(),
                               Limits::lowest(),
                               Limits::denorm_min(),
                               0.0,
                               -0.0,
                               -1,
                               65.535,
                               6553.5,
                               255,
                               -273.15,
                               1e9,
                               1e-9,
                               3.45,
                               0.9999,
                               55.2};
    if (random.chance(0.5)) return numbers[random.index(std::size(numbers))];
    return random.between(-10, 110);
}

void spoil(Random& random, Telemetry& telemetry)
{
    const auto fields = telemetry_fields();
    for (auto i = random.index(4); i > 0; --i) {
        std::visit(Spoiler{random, telemetry}, fields[random.index(fields.size())].member);
    }
    for (auto i = random.index(3); i > 0; --i) spoil_list(random, telemetry.cell_voltages);
    if (random.chance(0.2)) telemetry.temperatures[random.index(sensor_count)] = odd(random);
    if (random.chance(0.1)) {
        telemetry.alarms.levels[random.index(alarm_count)] = static_cast<std::uint8_t>(random.index(256));
    }
}

void pass_time(Random& random, control::Now& now)
{
    constexpr double steps[]{0, 0.001, 0.2, 2, 9.999, 10, 11, 60, 61, 700, 4000, 90000};
    const double step = random.chance(0.97) ? 1 : steps[random.index(std::size(steps))];
    now.steady += step;
    now.wall += step;
    if (!random.chance(0.005)) return;
    now.wall = random.chance(0.3) ? 0 : now.wall + random.between(-1e6, 1e6);
}

}  // namespace bmsd::sim
