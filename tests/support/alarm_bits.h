#pragma once
// Every bit of a type's status words alone: what it says is told, with its level, and nothing else is.
#include <gtest/gtest.h>

#include <functional>
#include <span>

#include "model/telemetry.h"

namespace bmsd::test {

/// A line of a sheet: bit `bit` of status word `word` says `alarm`.
struct Says {
    int word;
    unsigned bit;
    Alarm alarm;
    int level;
};

/// `shown` gives the alarms when of all the words only this bit is set. Alarms of no row must be absent.
inline void expect_each_bit(std::span<const Says> sheet, int words, unsigned bits,
                            const std::function<Alarms(int word, unsigned bit)>& shown)
{
    for (int word = 0; word < words; ++word) {
        for (unsigned bit = 0; bit < bits; ++bit) {
            Alarms expected;
            for (const Says& row : sheet) expected.raise(row.alarm, 0);
            for (const Says& row : sheet)
                if (row.word == word && row.bit == bit) expected.raise(row.alarm, static_cast<std::uint8_t>(row.level));
            const Alarms told = shown(word, bit);
            for (std::size_t i = 0; i < alarm_count; ++i)
                EXPECT_EQ(told.levels[i], expected.levels[i]) << alarm_names[i] << ": word " << word << " bit " << bit;
        }
    }
}

}  // namespace bmsd::test
