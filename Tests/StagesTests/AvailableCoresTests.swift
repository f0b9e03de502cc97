import Foundation
import Stages
import TestSupport
import Testing

/// How many cores a run takes when nobody says.
@Suite struct AvailableCoresTests {
    @Test func thereAreNeverFewerThanOneNorMoreThanTheLimit() {
        #expect((1...AvailableCores.threadLimit).contains(AvailableCores.count))
        #expect(AvailableCores.count(allowed: 8, quota: nil) == 8)
        #expect(AvailableCores.count(allowed: 5000, quota: nil) == AvailableCores.threadLimit)
        #expect(AvailableCores.count(allowed: 5000, quota: 1000) == AvailableCores.threadLimit)
        #expect(AvailableCores.count(allowed: 8, quota: 0.2) == 1)
        #expect(AvailableCores.count(allowed: 8, quota: 2.5) == 3)
        #expect(AvailableCores.count(allowed: 8, quota: 1e300) == 8)
    }

    private func quota(_ membership: String, _ files: [String: String]) throws -> Double? {
        let folder = try TemporaryFolder()
        for (name, text) in files { try folder.write(Array(text.utf8), to: name) }
        return CPUQuota(root: folder.url.path, membership: membership).cores
    }

    @Test func theLeastOfAGroupAndThoseAboveItCounts() throws {
        let group = "0::/user/session\n"
        #expect(try quota(group, [:]) == nil)
        #expect(try quota(group, ["user/session/cpu.max": "max 100000\n"]) == nil)
        #expect(try quota(group, ["user/session/cpu.max": "150000 100000\n"]) == 1.5)
        let both = ["user/session/cpu.max": "400000 100000\n", "user/cpu.max": "50000 100000\n"]
        #expect(try quota(group, both) == 0.5)
        // In a container, the path is that of the host, and the files lie in the root.
        #expect(try quota("0::/docker/ab12\n", ["cpu.max": "300000 100000\n"]) == 3)
    }

    @Test func theGroupsOfOlderSystemsCountToo() throws {
        let group = "4:memory:/job\n3:cpu,cpuacct:/job\n"
        func files(_ mount: String, _ quota: String) -> [String: String] {
            [
                "\(mount)/job/cpu.cfs_quota_us": quota,
                "\(mount)/job/cpu.cfs_period_us": "100000\n",
            ]
        }
        #expect(try quota(group, files("cpu", "200000\n")) == 2)
        #expect(try quota(group, files("cpu,cpuacct", "200000\n")) == 2)
        #expect(try quota(group, files("cpu", "-1\n")) == nil)
        #expect(try quota("4:memory:/job\n", files("cpu", "200000\n")) == nil)
    }

    @Test(arguments: ["", "max", "0 100000", "100000 0", "nan 100000", "1 2 3", "-5 100000"])
    func otherTextsAreNoLimit(text: String) throws {
        #expect(try quota("0::/\n", ["cpu.max": text]) == nil)
    }

    @Test(arguments: ["", "\n", "0", "0:", "::", "x::/", "no groups here"])
    func otherMembershipsAreNoLimit(text: String) throws {
        #expect(try quota(text, ["cpu.max": "100000 100000"]) == nil)
    }
}
