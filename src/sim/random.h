#pragma once
// Random numbers that are the same on every machine for the same seed (the distributions of the standard library are
// not).
#include <cstdint>
#include <random>

namespace bmsd::sim {

class Random {
  public:
    explicit Random(std::uint64_t seed) : engine_(seed) {}

    double between(double least, double most) { return least + (most - least) * fraction(); }
    /// Both ends included.
    std::int64_t whole(std::int64_t least, std::int64_t most)
    {
        const auto count = static_cast<std::uint64_t>(most - least + 1);
        return least + static_cast<std::int64_t>(engine_() % count);
    }
    std::size_t index(std::size_t count) { return static_cast<std::size_t>(engine_() % count); }
    bool chance(double probability) { return fraction() < probability; }
    std::uint64_t bits() { return engine_(); }

  private:
    double fraction() { return static_cast<double>(engine_() >> 11) * 0x1.0p-53; }

    std::mt19937_64 engine_;
};

}  // namespace bmsd::sim
