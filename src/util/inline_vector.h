#pragma once
// A vector whose elements live inside it: for cells and temperatures, so that a cycle allocates nothing.
#include <array>
#include <cstddef>
#include <initializer_list>

namespace bmsd {

template <class T, std::size_t Capacity>
class InlineVector {
  public:
    constexpr InlineVector() = default;
    constexpr InlineVector(std::initializer_list<T> values)
    {
        for (const auto& value : values) push_back(value);
    }

    constexpr std::size_t size() const { return size_; }
    constexpr bool empty() const { return size_ == 0; }
    static constexpr std::size_t capacity() { return Capacity; }

    /// Elements beyond the capacity are dropped; new ones are T{}.
    constexpr void resize(std::size_t size)
    {
        const std::size_t wanted = size < Capacity ? size : Capacity;
        for (std::size_t i = size_; i < wanted; ++i) values_[i] = T{};
        size_ = wanted;
    }
    constexpr void assign(std::size_t size, const T& value)
    {
        size_ = size < Capacity ? size : Capacity;
        for (std::size_t i = 0; i < size_; ++i) values_[i] = value;
    }
    constexpr void clear() { size_ = 0; }
    /// Does nothing when full.
    constexpr void push_back(const T& value)
    {
        if (size_ < Capacity) values_[size_++] = value;
    }

    constexpr T& operator[](std::size_t i) { return values_[i]; }
    constexpr const T& operator[](std::size_t i) const { return values_[i]; }
    constexpr T* begin() { return values_.data(); }
    constexpr T* end() { return values_.data() + size_; }
    constexpr const T* begin() const { return values_.data(); }
    constexpr const T* end() const { return values_.data() + size_; }

    constexpr bool operator==(const InlineVector& other) const
    {
        if (size_ != other.size_) return false;
        for (std::size_t i = 0; i < size_; ++i) {
            if (!(values_[i] == other.values_[i])) return false;
        }
        return true;
    }

  private:
    std::array<T, Capacity> values_{};
    std::size_t size_ = 0;
};

}  // namespace bmsd
