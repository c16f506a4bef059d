#pragma once
// A short text inside its owner: mode and reason texts are built in each cycle without allocating.
#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace bmsd {

template <std::size_t Capacity>
class InlineText {
  public:
    constexpr InlineText() = default;
    constexpr InlineText(std::string_view text) { *this += text; }                  // NOLINT: a text like any other
    constexpr InlineText(const char* text) : InlineText(std::string_view(text)) {}  // NOLINT

    /// What does not fit is cut off.
    constexpr InlineText& operator+=(std::string_view text)
    {
        const std::size_t count = std::min(text.size(), Capacity - size_);
        std::copy_n(text.begin(), count, chars_.begin() + static_cast<std::ptrdiff_t>(size_));
        size_ += count;
        return *this;
    }
    constexpr void clear() { size_ = 0; }
    constexpr bool empty() const { return size_ == 0; }
    constexpr std::string_view view() const { return {chars_.data(), size_}; }
    constexpr operator std::string_view() const { return view(); }  // NOLINT
    constexpr bool operator==(const InlineText& other) const { return view() == other.view(); }

  private:
    std::array<char, Capacity> chars_{};
    std::size_t size_ = 0;
};

}  // namespace bmsd
