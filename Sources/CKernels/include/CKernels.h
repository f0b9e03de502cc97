#pragma once
#include "Gate.h"
#include "LayerKernels.h"
#include "Optimizers.h"
#include "Pool.h"
#include "Processor.h"
#include "RandomNumbers.h"
