#pragma once
// The internal resistance of a battery from pairs of voltage and current. Source: core/aggregation.md section 9.3.
#include <array>
#include <optional>
#include <span>

#include "model/telemetry.h"

namespace bmsd::bank {

struct Sample {
    double voltage, current;  // V, A
};
inline constexpr std::size_t sample_count = 10;

struct Resistance {
    double value, error;  // ohm

    bool accepted(double max_error) const { return value > 0 && error / value <= max_error; }
};
/// A straight line through the pairs, both with errors. nullopt: they have no common slope.
std::optional<Resistance> fit(std::span<const Sample> samples);

class ResistanceMeter {
  public:
    /// `min_change`: V by which a new pair differs from the last one.
    void add(const Number& voltage, const Number& current, double min_change, double max_error);
    Number value() const { return known_ ? Number(known_->value) : std::nullopt; }

  private:
    std::array<Sample, sample_count> samples_{};
    std::size_t count_ = 0, next_ = 0;
    Number last_voltage_;
    std::optional<Resistance> known_;
};

}  // namespace bmsd::bank
