import Engine
import Pipeline
