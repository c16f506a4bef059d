#include "bank/resistance.h"

#include <algorithm>
#include <cmath>

namespace bmsd::bank {

std::optional<Resistance> fit(std::span<const Sample> samples)
{
    const auto n = static_cast<double>(samples.size());
    if (samples.size() < 3) return std::nullopt;
    double voltage = 0, current = 0;
    for (const Sample& s : samples) {
        voltage += s.voltage / n;
        current += s.current / n;
    }
    double vv = 0, ii = 0, vi = 0;
    for (const Sample& s : samples) {
        vv += (s.voltage - voltage) * (s.voltage - voltage);
        ii += (s.current - current) * (s.current - current);
        vi += (s.voltage - voltage) * (s.current - current);
    }
    if (!(vi > 0)) return std::nullopt;
    const double k = (vv - ii) / (2 * vi);
    // k is large and negative for small resistances: the conjugate keeps the digits
    const double root = std::sqrt(k * k + 1);
    const double r = k < 0 ? 1 / (root - k) : k + root;
    const double scatter = std::max(0.0, r * r * ii - 2 * r * vi + vv);
    const double error = std::sqrt(scatter / (n - 2)) * (1 + r * r) / std::sqrt(r * r * vv + 2 * r * vi + ii);
    return Resistance{r, error};
}

void ResistanceMeter::add(const Number& voltage, const Number& current, double min_change, double max_error)
{
    if (!voltage || !current) return;
    if (last_voltage_ && std::abs(*voltage - *last_voltage_) < min_change) return;
    last_voltage_ = voltage;
    samples_[next_] = {*voltage, *current};
    next_ = (next_ + 1) % sample_count;
    count_ = std::min(count_ + 1, sample_count);
    if (count_ < sample_count) return;
    const auto found = fit(samples_);
    if (!found || !found->accepted(max_error)) return;
    const bool moved = !known_ || std::abs(found->value - known_->value) > std::hypot(found->error, known_->error);
    if (moved) known_ = found;
}

}  // namespace bmsd::bank
