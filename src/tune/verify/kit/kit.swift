// SPDX-License-Identifier: Apache-2.0
// The same as kit.py without Python, for models whose inputs and outputs are arrays. Needs macOS 15:
//   swiftc -O -parse-as-library kit.swift -o kit && ./kit
// Then copy the folder back and read it with: anemone verify --device-results FOLDER
import CoreML
import Foundation

struct Call: Decodable { let inputs: [String: String] }
struct Sample: Decodable { let calls: [Call] }
struct Input: Decodable { let name: String; let kind: String }
struct Kit: Decodable {
  let package: String, function: String, multifunction: Bool
  let inputs: [Input], states: [String], compute_units: [String], samples: [Sample]
}
struct Failure: Error { let text: String }

let units: [String: MLComputeUnits] = [
  "CPU_ONLY": .cpuOnly, "CPU_AND_NE": .cpuAndNeuralEngine, "CPU_AND_GPU": .cpuAndGPU, "ALL": .all,
]
let types: [String: MLMultiArrayDataType] = ["<f4": .float32, "<f2": .float16, "<i4": .int32, "<f8": .double]

// ---- .npy files, row-major
func readArray(_ url: URL) throws -> MLMultiArray {
  let data = try Data(contentsOf: url)
  guard data.count > 10, data[0] == 0x93 else { throw Failure(text: "\(url.path) is no .npy file") }
  let length = Int(data[8]) | Int(data[9]) << 8
  let header = String(decoding: data[10..<(10 + length)], as: UTF8.self)
  let kind = String(header.components(separatedBy: "'descr': '")[1].prefix(3))
  let dims = header.components(separatedBy: "(")[1].components(separatedBy: ")")[0]
  let shape = dims.split(separator: ",").compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
  guard let type = types[kind] else { throw Failure(text: "\(url.path): elements of type \(kind)") }
  let array = try MLMultiArray(shape: (shape.isEmpty ? [1] : shape).map { NSNumber(value: $0) }, dataType: type)
  let body = data.subdata(in: (10 + length)..<data.count)
  array.withUnsafeMutableBytes { to, _ in _ = body.copyBytes(to: to) }
  return array
}

func writeArray(_ array: MLMultiArray, _ url: URL) throws {
  let shape = array.shape.map { $0.intValue }
  var values = [Float](repeating: 0, count: array.count)
  for i in 0..<array.count {  // whatever the strides are
    var rest = i
    var index = [NSNumber](repeating: 0, count: shape.count)
    for axis in stride(from: shape.count - 1, through: 0, by: -1) {
      index[axis] = NSNumber(value: rest % shape[axis])
      rest /= shape[axis]
    }
    values[i] = array[index].floatValue
  }
  let dims = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
  var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(dims)), }"
  header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
  var data = Data([0x93]) + Data("NUMPY".utf8) + Data([1, 0])
  data += Data([UInt8(header.utf8.count & 255), UInt8(header.utf8.count >> 8)]) + Data(header.utf8)
  values.withUnsafeBytes { data.append(contentsOf: $0) }
  try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
  try data.write(to: url)
}

func seconds(_ body: () async throws -> Void) async rethrows -> Double {
  let start = DispatchTime.now().uptimeNanoseconds
  try await body()
  return Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
}

func device(_ value: MLComputeDevice) -> String {
  switch value {
  case .cpu: return "cpu"
  case .gpu: return "gpu"
  case .neuralEngine: return "ane"
  @unknown default: return "?"
  }
}

func plan(_ compiled: URL, _ configuration: MLModelConfiguration, _ function: String) async throws -> [[String: Any]] {
  let plan = try await MLComputePlan.load(contentsOf: compiled, configuration: configuration)
  guard case .program(let program) = plan.modelStructure, let main = program.functions[function] else { return [] }
  return main.block.operations.compactMap { op in
    guard let usage = plan.deviceUsage(for: op) else { return nil }
    return [
      "name": op.outputs.first?.name ?? "", "type": op.operatorName, "preferred": device(usage.preferred),
      "supported": usage.supported.map(device), "cost": plan.estimatedCost(of: op)?.weight ?? NSNull(),
    ]
  }
}

@main struct Main {
  static func main() async throws {
    let here = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
    let kit = try JSONDecoder().decode(Kit.self, from: Data(contentsOf: here.appendingPathComponent("kit.json")))
    if kit.inputs.contains(where: { $0.kind == "image" }) { throw Failure(text: "image inputs: use kit.py") }
    let results = here.appendingPathComponent("results")
    try FileManager.default.createDirectory(at: results, withIntermediateDirectories: true)
    var compiled = here
    let compiling = try await seconds { compiled = try await MLModel.compileModel(at: here.appendingPathComponent(kit.package)) }
    var report: [String: Any] = [:]
    for name in kit.compute_units {
      do { report[name] = try await measure(name, kit, here, compiled, results) } catch { report[name] = ["error": "\(error)"] }
    }
    let document: [String: Any] = [
      "format": 1, "made_by": "kit.swift", "compile_s": compiling, "units": report,
      "device": ["machine": "", "processor": "", "os": ProcessInfo.processInfo.operatingSystemVersionString],
    ]
    try JSONSerialization.data(withJSONObject: document).write(to: results.appendingPathComponent("results.json"))
  }

  static func measure(_ name: String, _ kit: Kit, _ here: URL, _ compiled: URL, _ results: URL) async throws -> [String: Any] {
    let configuration = MLModelConfiguration()
    configuration.computeUnits = units[name] ?? .all
    if kit.multifunction { configuration.functionName = kit.function }
    var model: MLModel?
    let cold = try await seconds { model = try await MLModel.load(contentsOf: compiled, configuration: configuration) }
    model = nil
    let cached = try await seconds { model = try await MLModel.load(contentsOf: compiled, configuration: configuration) }
    func predict(_ call: Call, _ state: MLState?) async throws -> MLFeatureProvider {
      let values = try call.inputs.mapValues { MLFeatureValue(multiArray: try readArray(here.appendingPathComponent($0))) }
      let input = try MLDictionaryFeatureProvider(dictionary: values)
      if let state { return try await model!.prediction(from: input, using: state) }
      return try await model!.prediction(from: input)
    }
    for (number, sample) in kit.samples.enumerated() {
      let state = kit.states.isEmpty ? nil : model!.makeState()
      for (index, call) in sample.calls.enumerated() {
        let outputs = try await predict(call, state)
        for output in outputs.featureNames {
          guard let array = outputs.featureValue(for: output)?.multiArrayValue else { continue }
          try writeArray(array, results.appendingPathComponent("outputs/\(name)/\(number)/\(index)/\(output).npy"))
        }
      }
    }
    var times: [Double] = []
    for run in 0..<16 {  // three to warm up, then thirteen
      let state = kit.states.isEmpty ? nil : model!.makeState()
      let time = try await seconds { _ = try await predict(kit.samples[0].calls[0], state) }
      if run >= 3 { times.append(time * 1e3) }
    }
    return [
      "load_cold_s": cold, "load_cached_s": cached, "median_ms": times.sorted()[6], "runs_ms": times,
      "plan": try await plan(compiled, configuration, kit.multifunction ? kit.function : "main"),
    ]
  }
}
