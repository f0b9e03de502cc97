import Engine

print(Tensor(zeros: [1]).count)
